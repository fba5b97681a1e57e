/** What the server says beside the documents: stateless messages in JSON, read strictly. */

export type News =
  | { readonly kind: "bell"; readonly what: string; readonly thing: string | null }
  | { readonly kind: "access"; readonly lost: readonly string[] }
  | { readonly kind: "revoked" }
  | { readonly kind: "moved" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "storage"; readonly failing: boolean };

const isText = (value: unknown): value is string => typeof value === "string";

/** Reads one message; null for anything it does not know, so that an older page outlives a newer server. */
export function readNews(payload: string): News | null {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) {
    return null;
  }
  const said = value as Record<string, unknown>;
  switch (said["kind"]) {
    case "bell":
      return isText(said["what"])
        ? { kind: "bell", what: said["what"], thing: isText(said["thing"]) ? said["thing"] : null }
        : null;
    case "access":
      return Array.isArray(said["lost"]) ? { kind: "access", lost: said["lost"].filter(isText) } : null;
    case "revoked":
    case "moved":
      return { kind: said["kind"] };
    case "refused":
      return { kind: "refused", reason: isText(said["reason"]) ? said["reason"] : "" };
    case "storage":
      return { kind: "storage", failing: said["state"] === "failing" };
    default:
      return null;
  }
}
