// A certified OpenID provider with two made-up people and no password; says its port when it is up.
// Arguments: the addresses that answers may be sent to.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const redirectUris = process.argv.slice(1);
const people = {
  imara: { email: "imara@tansyvale.example", organisation: "school" },
  wren: { email: "wren@quillhealth.example", organisation: "speech" },
};

let provider;
const server = createServer((request, response) => answer(request, response));

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: "tacroom",
        client_secret: "not-a-real-secret",
        redirect_uris: redirectUris,
      },
    ],
    claims: { openid: ["sub", "organisation"], email: ["email", "email_verified"], profile: [] },
    conformIdTokenClaims: false,
    cookies: { keys: ["made-up-for-the-tests"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/who/${interaction.uid}` },
    findAccount: (_context, id) =>
      people[id] && {
        accountId: id,
        claims: () => ({ sub: id, email_verified: true, ...people[id] }),
      },
    async loadExistingGrant(context) {
      const { client, session } = context.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
  });
  console.log(port);
});

async function answer(request, response) {
  if (!request.url.startsWith("/who/")) {
    provider.callback()(request, response);
    return;
  }
  const { params } = await provider.interactionDetails(request, response);
  await provider.interactionFinished(request, response, {
    login: { accountId: params.login_hint ?? "imara" },
  });
}
