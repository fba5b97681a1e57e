// Pages with the stock provider, driven by one JSON command a line on stdin, answered on stdout.
import { createInterface } from "node:readline";
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import WebSocket from "ws";
import * as Y from "yjs";

const pages = new Map();

function socketWith(headers, frames) {
  return class extends WebSocket {
    constructor(url) {
      super(url, { headers });
      this.on("message", (message) => frames.push(["in", Buffer.from(message).toString("hex")]));
    }
    send(message, ...rest) {
      frames.push(["out", Buffer.from(message).toString("hex")]);
      super.send(message, ...rest);
    }
  };
}

const commands = {
  page({ page, url, headers }) {
    const frames = [];
    const closes = [];
    const socket = new HocuspocusProviderWebsocket({
      url,
      WebSocketPolyfill: socketWith(headers, frames),
      delay: 200,
      minDelay: 100,
      onClose: ({ event }) => closes.push(event.code ?? 0),
    });
    pages.set(page, { socket, frames, closes, documents: new Map() });
  },
  open({ page, name, awareness }) {
    const { socket, documents } = pages.get(page);
    const document = { stateless: [], unsynced: [], scope: null, denied: null, closed: 0, synced: false };
    const provider = new HocuspocusProvider({
      name,
      websocketProvider: socket,
      token: "page",
      ...(awareness ? {} : { awareness: null }),
      onSynced: () => (document.synced = true),
      onUnsyncedChanges: ({ number }) => document.unsynced.push(number),
      onAuthenticated: ({ scope }) => (document.scope = scope),
      onAuthenticationFailed: ({ reason }) => (document.denied = reason),
      onStateless: ({ payload }) => document.stateless.push(payload),
      onClose: () => (document.closed += 1),
    });
    provider.attach();
    documents.set(name, { provider, document });
  },
  type({ page, name, words }) {
    const { provider } = pages.get(page).documents.get(name);
    const root = provider.document.getXmlFragment("default");
    provider.document.transact(() => {
      const paragraph = new Y.XmlElement("paragraph");
      paragraph.insert(0, [new Y.XmlText(words)]);
      root.insert(root.length, [paragraph]);
    });
  },
  into({ page, name, at, words }) {
    const { provider } = pages.get(page).documents.get(name);
    provider.document.getXmlFragment("default").get(0).get(0).insert(at, words);
  },
  caret({ page, name, user }) {
    const { provider } = pages.get(page).documents.get(name);
    provider.awareness.setLocalStateField("user", user);
    provider.awareness.setLocalStateField("cursor", { anchor: 1, head: 1 });
  },
  look({ page, name }) {
    const { provider, document } = pages.get(page).documents.get(name);
    const root = provider.document.getXmlFragment("default");
    const text = root.toArray().map((node) => node.toArray().map((one) => one.toString()).join("")).join("\n");
    const carets = [...(provider.awareness?.getStates() ?? [])].map(([, state]) => state.user ?? null);
    return { ...document, text, carets, now: provider.unsyncedChanges, client: provider.document.clientID };
  },
  cut({ page }) {
    pages.get(page).socket.webSocket.terminate();
  },
  line({ page }) {
    const { socket, closes } = pages.get(page);
    return { status: socket.status, closes };
  },
  frames({ page }) {
    return { frames: pages.get(page).frames };
  },
  leave({ page }) {
    const { socket, documents } = pages.get(page);
    documents.forEach(({ provider }) => provider.destroy());
    socket.destroy();
    pages.delete(page);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, command, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = { id, value: commands[command](rest) ?? null };
  } catch (fault) {
    answer = { id, fault: String(fault.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
