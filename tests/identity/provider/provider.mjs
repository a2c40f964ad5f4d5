// An outside provider for a test: `node provider.mjs SETTINGS` where SETTINGS is JSON.
// It signs people in by their name alone, with the provider's own development pages.
import { Provider } from "oidc-provider";

const { port, issuer, audience, clients, people, life_s } = JSON.parse(process.argv[2]);

const provider = new Provider(issuer, {
  clients,
  pkce: { required: () => true },
  scopes: ["openid", "profile", "offline_access"],
  claims: { openid: ["sub"], profile: ["name"] },
  ttl: { AccessToken: life_s, IdToken: life_s, RefreshToken: 86400, Session: 86400, Grant: 86400, Interaction: 600 },
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: "openid profile",
        audience: resource === audience ? audience : "another",
        accessTokenFormat: "jwt",
        accessTokenTTL: life_s,
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...(people[id] ?? {}) }) }),
  extraTokenClaims: (_ctx, token) => people[token.accountId] ?? {},
  cookies: { keys: ["a key of this test"] },
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
