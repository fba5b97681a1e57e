/**
 * What Yjs prints with. It stands in the place of lib0's logger (see build.mjs), which brings a
 * printer in colours and a schema language of 8 kB for the few warnings Yjs ever gives.
 */

type Printed = unknown[];

/** Yjs hands style marks between its words; they mean nothing here and are left out. */
const plain = (words: Printed): Printed => words.filter((word) => typeof word !== "symbol");

export const BOLD = Symbol("bold");
export const UNBOLD = Symbol("unbold");
export const RED = Symbol("red");
export const ORANGE = Symbol("orange");

export const print = (...words: Printed): void => console.log(...plain(words));
export const warn = (...words: Printed): void => console.warn(...plain(words));
