// Hocuspocus as its own guide has it: `node hocuspocus.mjs PORT [FILE]`; with FILE, kept in SQLite.
import { Database } from "@hocuspocus/extension-database";
import { Server } from "@hocuspocus/server";

const [port, file] = process.argv.slice(2);
const extensions = [];
if (file) {
  // What its SQLite extension does, over the SQLite that comes with Node: nothing to compile.
  const { DatabaseSync } = await import("node:sqlite");
  const store = new DatabaseSync(file);
  store.exec('CREATE TABLE IF NOT EXISTS "documents" (name TEXT NOT NULL, data BLOB NOT NULL, UNIQUE(name))');
  const read = store.prepare('SELECT data FROM "documents" WHERE name = ?');
  const write = store.prepare(
    'INSERT INTO "documents" (name, data) VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET data = excluded.data',
  );
  extensions.push(
    new Database({
      fetch: async ({ documentName }) => read.get(documentName)?.data ?? null,
      store: async ({ documentName, state }) => void write.run(documentName, state),
    }),
  );
}

await new Server({ address: "127.0.0.1", port: Number(port), quiet: true, extensions }).listen();
