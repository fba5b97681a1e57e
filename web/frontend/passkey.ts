/**
 * Asks the device to open its own lock, and sends what it signed with the page's own form.
 *
 * Only the two pages of the family's door bring this file. Without it, or where the browser cannot,
 * a name and a PIN do the same.
 */

/** What the server asks, as it stands in the form: bytes are written in base64url. */
interface Asked {
  readonly challenge: string;
  readonly user?: { readonly id: string };
}

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const text = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

async function made(asked: Asked): Promise<object> {
  const options = { ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user?.id ?? "") } };
  const credential = await navigator.credentials.create({
    publicKey: options as unknown as PublicKeyCredentialCreationOptions,
  });
  const key = credential as PublicKeyCredential;
  const response = key.response as AuthenticatorAttestationResponse;
  return answer(key, { attestationObject: text(response.attestationObject) });
}

async function proved(asked: Asked): Promise<object> {
  const options = { ...asked, challenge: bytes(asked.challenge) };
  const credential = await navigator.credentials.get({
    publicKey: options as unknown as PublicKeyCredentialRequestOptions,
  });
  const key = credential as PublicKeyCredential;
  const response = key.response as AuthenticatorAssertionResponse;
  return answer(key, {
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
  });
}

function answer(key: PublicKeyCredential, signed: object): object {
  const response = { clientDataJSON: text(key.response.clientDataJSON), ...signed };
  return { id: key.id, rawId: text(key.rawId), type: key.type, response };
}

function start(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("input[name=answer]");
  const fault = form.querySelector<HTMLElement>("[data-passkey-fault]");
  const button = form.querySelector("button");
  if (!field || !fault || !button) return;
  const ask = form.dataset.passkey === "make" ? made : proved;
  form.addEventListener("submit", async (pressed) => {
    pressed.preventDefault();
    button.disabled = true;
    fault.textContent = "";
    try {
      field.value = JSON.stringify(await ask(JSON.parse(form.dataset.options ?? "{}") as Asked));
      form.submit();
    } catch {
      // Stopped by her, or the device has no key of ours: the other way stands below.
      fault.textContent = fault.dataset.words ?? "";
      button.disabled = false;
    }
  });
  form.hidden = false;
}

if (window.PublicKeyCredential) {
  document.querySelectorAll<HTMLFormElement>("form[data-passkey]").forEach(start);
}
