// oidc-provider as three issuers on three free loopback ports, all with the same clients and the same user:
//
//   ROTATING  every refresh gives a new refresh token; using an old one again revokes the whole family
//   FIXED     the refresh token stays the same
//   SHORT     as ROTATING, and the first access token lives 2 s (those from a refresh an hour), so that a test has an
//             expired session at once, without waiting
//
// usage: server.mjs DIR, with server.key, server.crt in DIR and the credentials in the environment. Writes DIR/issuers
// when all three accept connections, and DIR/requests.log: one line per answered request,
// "ISSUER PATH GRANT-TYPE CLIENT STATUS".
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { Provider, errors } from 'oidc-provider';

const directory = process.argv[2];
const { USERNAME, PASSWORD, CONF_SECRET, POST_SECRET, ENC_SECRET } = process.env;
const SCOPES = ['openid', 'offline_access', 'read', 'write'];

const native = {
  application_type: 'native',
  grant_types: ['password', 'refresh_token', 'authorization_code'],
  response_types: ['code'],
  // For a native client any port of it will do (RFC 8252 §7.3).
  redirect_uris: ['http://127.0.0.1/'],
};
const clients = [
  { ...native, client_id: 'conf', client_secret: CONF_SECRET, token_endpoint_auth_method: 'client_secret_basic' },
  { ...native, client_id: 'enc', client_secret: ENC_SECRET, token_endpoint_auth_method: 'client_secret_basic' },
  { ...native, client_id: 'post', client_secret: POST_SECRET, token_endpoint_auth_method: 'client_secret_post' },
  // The secret of "enc" in the body, where there is only one encoding.
  { ...native, client_id: 'encpost', client_secret: ENC_SECRET, token_endpoint_auth_method: 'client_secret_post' },
  { ...native, client_id: 'pub', token_endpoint_auth_method: 'none' },
];

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signingKey = { ...privateKey.export({ format: 'jwk' }), kid: 'sig', use: 'sig', alg: 'ES256' };

function findAccount(ctx, id) {
  return id === USERNAME ? { accountId: id, claims: () => ({ sub: id }) } : undefined;
}

function provider(issuer, { rotate, firstLifetime }) {
  return new Provider(issuer, {
    clients,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: SCOPES,
    jwks: { keys: [signingKey] },
    cookies: { keys: ['unused'] },
    findAccount,
    rotateRefreshToken: rotate,
    ttl: {
      AccessToken: (ctx, token) => (token.gty === 'password' ? firstLifetime : 3600),
      RefreshToken: 86400,
      Grant: 86400,
      IdToken: 3600,
    },
    features: {
      // Its own login page, which takes any password, and a page for the consent.
      devInteractions: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      introspection: { enabled: true },
      // RFC 7009 §2.1: a client revokes its own tokens only.
      revocation: { enabled: true, allowedPolicy: (ctx, client, token) => token.clientId === client.clientId },
    },
  });
}

// RFC 6749 §4.3, which oidc-provider leaves out on purpose.
async function passwordGrant(ctx) {
  const { provider, client, params } = ctx.oidc;
  if (!params.username || !params.password) throw new errors.InvalidRequest('username and password are required');
  if (params.username !== USERNAME || params.password !== PASSWORD) throw new errors.InvalidGrant('wrong user or password');
  const scope = params.scope || 'read';
  const unknown = scope.split(' ').filter((one) => !SCOPES.includes(one));
  if (unknown.length > 0) throw new errors.InvalidScope('scope not allowed', unknown.join(' '));

  const account = findAccount(ctx, params.username);
  ctx.oidc.entity('Account', account);
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const common = { accountId: account.accountId, client, grantId: await grant.save(), gty: 'password', scope };
  ctx.oidc.entity('Grant', grant);

  const access = new provider.AccessToken(common);
  const refresh = new provider.RefreshToken({ ...common, rotations: 0, authTime: Math.floor(Date.now() / 1000) });
  ctx.body = {
    access_token: await access.save(),
    expires_in: access.expiration,
    refresh_token: await refresh.save(),
    scope,
    token_type: 'Bearer',
  };
  if (scope.split(' ').includes('openid')) {
    const id = new provider.IdToken({ sub: account.accountId }, { ctx });
    id.scope = 'openid';
    ctx.body.id_token = await id.issue({ use: 'idtoken' });
  }
}

async function listen(name, options) {
  const tls = { key: readFileSync(join(directory, 'server.key')), cert: readFileSync(join(directory, 'server.crt')) };
  const server = createServer(tls);
  // The port is known only now, and the issuer holds the port.
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `https://localhost:${server.address().port}`;
  const op = provider(issuer, options);
  op.registerGrantType('password', passwordGrant, ['username', 'password', 'scope']);
  op.use(async (ctx, next) => {
    await next();
    const { params, client } = ctx.oidc ?? {};
    const words = [name, ctx.path, params?.grant_type ?? '-', client?.clientId ?? '-', ctx.status];
    appendFileSync(join(directory, 'requests.log'), `${words.join(' ')}\n`);
  });
  op.on('server_error', (ctx, error) => console.error(error));
  server.on('request', op.callback());
  return `${name}_ISSUER=${issuer}\n`;
}

writeFileSync(join(directory, 'requests.log'), '');
const issuers = await Promise.all([
  listen('ROTATING', { rotate: true, firstLifetime: 3600 }),
  listen('FIXED', { rotate: false, firstLifetime: 3600 }),
  listen('SHORT', { rotate: true, firstLifetime: 2 }),
]);
writeFileSync(join(directory, 'issuers.new'), issuers.join(''));
renameSync(join(directory, 'issuers.new'), join(directory, 'issuers'));
