/** What passes between the page (room.ts) and one part open for writing (editor.ts). */
import type { HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import type { Line } from "./connection.ts";
import type { Voice } from "./voice.ts";

/** Where somebody writes: one part of the plan on this page. */
export interface Place {
  readonly id: string;
  readonly section: HTMLElement;
  readonly socket: HocuspocusProviderWebsocket;
  readonly token: string;
  readonly voice: Voice;
  readonly line: Line;
  readonly storageFails: boolean;
  /** The server shows this part to the member no longer. */
  lost(): void;
  /** The member is done: show these words, all saved; null: those the server has. */
  done(html: string | null): void;
}

/** One part open for writing. */
export interface Writing {
  /** Is there anything the server has not yet made durable? */
  isUnsaved(): boolean;
  line(line: Line): void;
  storage(failing: boolean): void;
  /** Ends it: socket document closed, words out of memory, editor off the page. */
  end(): void;
}
