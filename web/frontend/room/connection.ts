/**
 * The page's one socket, and the document `room` on it, which has no words and carries the news.
 *
 * All parts of the page share this socket. It says how the line stands, hands on the news, and
 * tells when the room or the sign-in is gone for good; then it is closed and stays closed.
 */
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { type News, readNews } from "./news.ts";

/** How the line stands: not yet open; live; lost (trying again); never came up on this network. */
export type Line = "opening" | "live" | "lost" | "blocked";

/** Why everything ended: the room can no longer be shown, or the member is signed out. */
export type Gone = "room" | "signed-out";

export interface Listener {
  news(news: News): void;
  line(line: Line): void;
  gone(why: Gone): void;
}

const PATIENCE_MS = 10_000; // a network that lets no WebSocket through is called blocked after this
const NEWS_AGAIN_MS = 2_000;
const CLOSE_SIGNED_OUT = 4401;
const CLOSE_FORBIDDEN = 4403;
const CLOSE_TIMED_OUT = 4408;

class Socket extends HocuspocusProviderWebsocket {
  /**
   * Drops what was queued for a socket that is gone: each document offers all it has when it is
   * opened again. Queued copies would be acknowledged before that offer is, and "Saved" would show
   * too early.
   */
  forgetQueue(): void {
    (this as unknown as { messageQueue: unknown[] }).messageQueue = [];
  }

  /** Gives up a socket that may be dead without knowing it, and begins a new one at once. */
  beginAgain(): void {
    if (this.webSocket) {
      const event = new CloseEvent("close", { code: CLOSE_TIMED_OUT, reason: "network came back" });
      this.emit("close", { event });
    }
    void this.connect();
  }
}

export class Connection {
  readonly socket: Socket;
  readonly token: string;
  line: Line = "opening";
  private readonly news: HocuspocusProvider;
  private readonly listener: Listener;
  private ended = false;

  constructor(address: string, token: string, listener: Listener) {
    this.token = token;
    this.listener = listener;
    this.socket = new Socket({
      url: address,
      onOpen: () => this.socket.forgetQueue(),
      onConnect: () => this.stand("live"),
      onClose: ({ event }) => this.closed(event.code),
    });
    this.news = this.listen();
    setTimeout(() => this.line === "opening" && this.stand("blocked"), PATIENCE_MS);
    window.addEventListener("offline", () => this.stand("lost"));
    window.addEventListener("online", () => this.ended || this.socket.beginAgain());
  }

  /** Ends the socket and everything on it; nothing is tried again. */
  end(): void {
    this.ended = true;
    this.news.destroy();
    this.news.document.destroy();
    this.socket.destroy();
  }

  private listen(): HocuspocusProvider {
    const news = new HocuspocusProvider({
      name: "room",
      websocketProvider: this.socket,
      awareness: null,
      token: this.token,
      onStateless: ({ payload }) => {
        const read = readNews(payload);
        if (read) {
          this.listener.news(read);
        }
      },
      onAuthenticationFailed: () => this.finish("room"),
      onClose: ({ event }) => {
        // The document alone was closed, not the socket: ask for the news again, a little later.
        if (!(event instanceof CloseEvent)) {
          setTimeout(() => this.ended || (news.detach(), news.attach()), NEWS_AGAIN_MS);
        }
      },
    });
    news.attach();
    return news;
  }

  private stand(line: Line): void {
    if (!this.ended && line !== this.line) {
      this.line = line;
      this.listener.line(line);
    }
  }

  private closed(code: number): void {
    if (code === CLOSE_FORBIDDEN) {
      this.finish("room");
    } else if (code === CLOSE_SIGNED_OUT) {
      this.finish("signed-out");
    } else if (this.line === "live") {
      this.stand("lost");
    }
  }

  private finish(why: Gone): void {
    if (!this.ended) {
      // After this turn: the provider is still in the middle of handing us the message.
      this.ended = true;
      queueMicrotask(() => {
        this.end();
        this.listener.gone(why);
      });
    }
  }
}
