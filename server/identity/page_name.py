"""A name that we give to somebody's page: three words, easy to say, to spell and to write down.

It is like no real name, so that who knows her cannot guess it, and finds nothing by trying. Pure.

Rule: ADR-0015.
"""

import re
import secrets

_WORDS = """
acorn almond amber anchor apple apron arrow aspen autumn badge bagel bakery balcony bamboo banjo
barley basket beacon beaver bedding beech berry bishop blanket blossom bonnet bottle boulder
branch bread breeze bridge bronze brush bubble bucket buckle bundle butter button cabin cactus
camel candle canoe canvas captain caramel carpet carrot castle cedar cement cereal chalk cherry
chess chimney cider circle clarinet clover coast cobble cocoa comet compass copper coral corner
cotton cradle crane crayon cricket crystal cupboard curtain cushion custard daisy dancer desert
diamond dolphin donkey dragon drawer dream drum eagle easel elbow ember engine fabric falcon
farmer feather fern ferry fiddle field finger fisher flannel flute forest fossil fountain garden
garlic ginger giraffe glacier glove goblet grape gravel guitar hammer hammock harbour harvest
hazel hedge helmet heron hillside honey hopper horizon iceberg island ivory jacket jasmine jigsaw
jungle juniper kettle kitchen kite kitten ladder lagoon lantern laundry lavender lemon lentil
lettuce lily linen lizard lobster locket lotus magnet mango maple marble marigold market meadow
melon mitten monkey mountain muffin mustard napkin nectar needle nettle nutmeg oatmeal ocean olive
onion orange orchard otter oyster paddle pancake panda paper parrot parsley pasta pastel peach
peanut pearl pebble pelican pencil pepper piano picnic pigeon pillow pine planet plaster pocket
poppy potato prism puddle pumpkin puppet puzzle quarry quilt rabbit radish raisin ribbon river
robin rocket saddle saffron salmon sandal scarf seagull shadow shovel silver slipper spinach
sponge spoon squirrel statue stream sugar summer sunset table teapot temple thimble thunder ticket
tiger timber toffee tomato tractor trumpet tulip tunnel turnip turtle umbrella vanilla velvet
village violet waffle wagon walnut willow window winter zebra zigzag
"""
WORDS = tuple(_WORDS.split())
LONGEST_TYPED = 200
_LETTERS = re.compile("[a-z]+")
HOW_MANY = 3


def new_name() -> str:
    """Return three words, drawn at random from some 270: one of nearly twenty million."""
    return " ".join(secrets.choice(WORDS) for _ in range(HOW_MANY))


def read_name(typed: str) -> str:
    """Return a name as it is compared: its words alone, in small letters, one space between."""
    return " ".join(_LETTERS.findall(typed[:LONGEST_TYPED].lower()))
