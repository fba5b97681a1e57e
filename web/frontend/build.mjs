// Builds everything in static/ from frontend/. The same sources give the same bytes on every
// machine: exact versions in package-lock.json, no times, no paths, no source maps.
import { rm, mkdir, mkdtemp, rename, writeFile, copyFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import * as esbuild from "esbuild";
import * as sass from "sass";

const here = path.dirname(fileURLToPath(import.meta.url));
const place = path.join(here, "..", "static");
// Beside the place, so that moving a file there is one step that nobody sees half done.
const out = await mkdtemp(path.join(here, "..", ".static-"));

async function buildStyles() {
  const { css } = sass.compile(path.join(here, "styles", "app.scss"), {
    style: "compressed",
    sourceMap: false,
    quietDeps: true,
  });
  const { code } = await esbuild.transform(css, {
    loader: "css",
    minify: true,
    target: ["chrome109", "firefox115", "safari15.6"],
    legalComments: "none",
  });
  await writeFile(path.join(out, "app.css"), code);
}

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari15.6"],
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
  outdir: out,
  // Names of chunks hash the modules' places: a linked node_modules must count as one that stands here.
  preserveSymlinks: true,
};

async function buildScripts() {
  await esbuild.build({
    ...shared,
    entryPoints: { app: "app.ts" },
    splitting: true,
    chunkNames: "app-[name]-[hash]",
  });
  // Of the family's door alone.
  await esbuild.build({ ...shared, entryPoints: { passkey: "passkey.ts", aloud: "aloud.ts" } });
  // One Yjs for both files: two copies of it in a page would not know each other's types, so what
  // room and editor share becomes a chunk of its own, loaded with the room.
  await esbuild.build({
    ...shared,
    entryPoints: { room: "room/room.ts", editor: "room/editor.ts" },
    splitting: true,
    chunkNames: "room-[name]-[hash]",
    alias: { "lib0/logging": path.join(here, "room", "console.ts") },
  });
}

async function copyImages() {
  const images = path.join(here, "images");
  for (const name of (await readdir(images)).sort()) {
    await copyFile(path.join(images, name), path.join(out, name));
  }
}

// Files that others name come last, and what is old goes when nothing names it any more: a server
// that runs meanwhile finds at every moment all that a page of it asks for.
const isChunk = (name) => /^(app|room)-/.test(name);

async function moveIntoPlace() {
  const made = await readdir(out);
  await mkdir(place, { recursive: true });
  for (const name of [...made.filter(isChunk), ...made.filter((name) => !isChunk(name))]) {
    await rename(path.join(out, name), path.join(place, name));
  }
  for (const name of (await readdir(place)).filter((name) => !made.includes(name))) {
    await rm(path.join(place, name), { recursive: true });
  }
}

try {
  await Promise.all([buildStyles(), buildScripts(), copyImages()]);
  await moveIntoPlace();
} finally {
  await rm(out, { recursive: true, force: true });
}
