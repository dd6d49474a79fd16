// oidc-provider as three issuers on free loopback ports, all with the same clients and the same user:
//
//   ROTATING  every refresh gives a new refresh token; using an old one again revokes the whole family
//   FIXED     the refresh token stays the same, and is given whether or not offline_access was asked for
//   SHORT     as ROTATING, and the first access token lives 2 s (those from a refresh an hour), so that a test has an
//             expired session at once, without waiting; its userinfo endpoint wants a nonce in every DPoP proof
//
// ROTATING and SHORT give the code and device grants a refresh token only for offline_access, which OpenID Connect Core
// §11 in turn binds to prompt=consent. Each issuer has a second port that asks for client certificates: its endpoints
// are the mtls_endpoint_aliases (RFC 8705 §5) of the first.
//
// usage: server.mjs DIR, with the keys and certificates that the recipe makes in DIR and the credentials in the
// environment. Writes DIR/issuers when all of them accept connections, and DIR/requests.log: one line per answered
// request, "ISSUER PATH GRANT-TYPE CLIENT STATUS".
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createPublicKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { Provider, errors } from 'oidc-provider';
import * as grants from 'oidc-provider/lib/helpers/grants.js';

const directory = process.argv[2];
const { USERNAME, PASSWORD, CONF_SECRET, POST_SECRET, ENC_SECRET } = process.env;
const SCOPES = ['openid', 'offline_access', 'read', 'write'];
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:';
// Access tokens for the first are JWTs (RFC 9068), for the second opaque; another resource is refused.
const JWT_RESOURCE = 'https://jwt.api.test/';
const OPAQUE_RESOURCE = 'https://opaque.api.test/';
// Who is believed when it asserts a user (RFC 7523 §2.1).
const ASSERTION_ISSUER = 'https://idp.test';

const read = (name) => readFileSync(join(directory, name), 'utf8');
const publicJwk = (name, more) => ({ ...createPublicKey(read(name)).export({ format: 'jwk' }), use: 'sig', ...more });
const assertionKey = createPublicKey(read('assertion.pem'));
const secretJwt = randomBytes(32).toString('hex');

const native = {
  application_type: 'native',
  grant_types: ['password', 'refresh_token'],
  response_types: [],
  redirect_uris: [],
};
const coded = {
  ...native,
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  // RFC 8252 §7.3: any port of these.
  redirect_uris: ['127.0.0.1', '[::1]'].flatMap((host) => [`http://${host}/`, `http://${host}/callback`]),
};
const any = { ...coded, grant_types: ['password', 'authorization_code', 'refresh_token', DEVICE] };
const anyConfidential = { ...any, grant_types: [...any.grant_types, 'client_credentials', EXCHANGE, BEARER] };
const byHmac = (id) => ({
  ...anyConfidential,
  client_id: id,
  client_secret: secretJwt,
  token_endpoint_auth_method: 'client_secret_jwt',
});
const byKey = (id, pem, more) => ({
  ...anyConfidential,
  client_id: id,
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [publicJwk(pem, { kid: id })] },
  ...more,
});
const byCertificate = (id, method, more) => ({
  ...anyConfidential,
  client_id: id,
  token_endpoint_auth_method: method,
  tls_client_certificate_bound_access_tokens: true,
  use_mtls_endpoint_aliases: true,
  ...more,
});
const x5c = [new X509Certificate(read('selftls.crt')).raw.toString('base64')];

const basic = 'client_secret_basic';
const clients = [
  { ...native, client_id: 'conf', client_secret: CONF_SECRET, token_endpoint_auth_method: basic },
  { ...native, client_id: 'enc', client_secret: ENC_SECRET, token_endpoint_auth_method: basic },
  { ...native, client_id: 'post', client_secret: POST_SECRET, token_endpoint_auth_method: 'client_secret_post' },
  // The secret of "enc" in the body, where there is only one encoding.
  { ...native, client_id: 'encpost', client_secret: ENC_SECRET, token_endpoint_auth_method: 'client_secret_post' },
  { ...native, client_id: 'pub', token_endpoint_auth_method: 'none' },
  { ...coded, client_id: 'code', token_endpoint_auth_method: 'none' },
  { ...coded, client_id: 'codeconf', client_secret: CONF_SECRET, token_endpoint_auth_method: basic },
  { ...coded, client_id: 'par', token_endpoint_auth_method: 'none', require_pushed_authorization_requests: true },
  { ...native, client_id: 'device', grant_types: [DEVICE, 'refresh_token'], token_endpoint_auth_method: 'none' },
  { ...any, client_id: 'dpop', token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true },
  { ...any, client_id: 'dpopnonce', token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true },
  { ...anyConfidential, client_id: 'cc', client_secret: CONF_SECRET, token_endpoint_auth_method: basic },
  byHmac('secretjwt'),
  byKey('es256', 'es256.pem', { token_endpoint_auth_signing_alg: 'ES256' }),
  byKey('rs256', 'rsa.pem', { token_endpoint_auth_signing_alg: 'RS256' }),
  byKey('ps256', 'rsa.pem', { token_endpoint_auth_signing_alg: 'PS256' }),
  // Both names of the algorithm are taken: EdDSA and, since RFC 9864, Ed25519.
  byKey('eddsa', 'ed25519.pem'),
  byCertificate('tls', 'tls_client_auth', { tls_client_auth_san_dns: 'client.test' }),
  byCertificate('selftls', 'self_signed_tls_client_auth', { jwks: { keys: [publicJwk('selftls.key', { x5c })] } }),
];

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signingKey = { ...privateKey.export({ format: 'jwk' }), kid: 'sig', use: 'sig', alg: 'ES256' };

function findAccount(ctx, id) {
  return id === USERNAME ? { accountId: id, claims: () => ({ sub: id }) } : undefined;
}

function resourceServer(ctx, resource) {
  if (resource !== JWT_RESOURCE && resource !== OPAQUE_RESOURCE) throw new errors.InvalidTarget();
  const accessTokenFormat = resource === JWT_RESOURCE ? 'jwt' : 'opaque';
  return { scope: 'read write', audience: resource, accessTokenFormat };
}

const mayRefresh = (client) => client.grantTypeAllowed('refresh_token');

function provider(name, issuer, aliases, { rotate, firstLifetime, lenient }) {
  const certificateOf = (ctx) => ctx.socket.getPeerX509Certificate();
  return new Provider(issuer, {
    clients,
    clientAuthMethods: [...new Set(clients.map((client) => client.token_endpoint_auth_method))],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: SCOPES,
    jwks: { keys: [signingKey] },
    // A cookie holds for every port of the host.
    cookies: {
      keys: [randomBytes(16).toString('hex')],
      names: Object.fromEntries(['session', 'interaction', 'resume'].map((kind) => [kind, `${name}_${kind}`])),
    },
    findAccount,
    rotateRefreshToken: rotate,
    issueRefreshToken: (ctx, client, source) => mayRefresh(client) && (lenient || source.scopes.has('offline_access')),
    pkce: { required: () => true },
    discovery: { mtls_endpoint_aliases: aliases },
    ttl: {
      AccessToken: (ctx, token) => (token.gty.includes('refresh_token') ? 3600 : firstLifetime),
      ClientCredentials: firstLifetime,
      RefreshToken: 86400,
      Grant: 86400,
      IdToken: 3600,
      DeviceCode: 600,
      Interaction: 600,
      Session: 3600,
    },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      // RFC 7009 §2.1: a client revokes its own tokens only.
      revocation: { enabled: true, allowedPolicy: (ctx, client, token) => token.clientId === client.clientId },
      dPoP: {
        enabled: true,
        nonceSecret: randomBytes(32),
        // A resource is asked before it is known whose token it is.
        requireNonce: (ctx) => ctx.oidc.client?.clientId === 'dpopnonce' || (name === 'SHORT' && ctx.path === '/me'),
      },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: certificateOf,
        certificateAuthorized: (ctx) => ctx.socket.authorized,
        certificateSubjectMatches: (ctx, property, expected) => certificateOf(ctx).checkHost(expected) === expected,
      },
      resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: resourceServer },
    },
  });
}

// The end of each grant that oidc-provider leaves to others: an access token, bound as the client must bind it.
async function issue(ctx, gty, { accountId, scope, server, withRefreshToken, issuedTokenType }) {
  const { provider, client } = ctx.oidc;
  const dPoP = await grants.validateDpop(provider, ctx);
  grants.checkDpopRequired(provider, ctx, dPoP);
  const certificate = grants.checkMtlsCert(provider, ctx);
  const account = findAccount(ctx, accountId);
  if (!account) throw new errors.InvalidGrant('no such user');
  const unknown = scope.split(' ').filter((one) => !SCOPES.includes(one));
  if (unknown.length > 0) throw new errors.InvalidScope('scope not allowed', unknown.join(' '));

  ctx.oidc.entity('Account', account);
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  if (server) grant.addResourceScope(server.audience, server.scope);
  const common = { accountId, client, grantId: await grant.save(), gty, scope };
  ctx.oidc.entity('Grant', grant);

  const access = new provider.AccessToken(common);
  if (server) {
    access.resourceServer = server;
    access.scope = scope.split(' ').filter((one) => server.scopes.has(one)).join(' ');
  }
  if (certificate) access.setThumbprint('x5t', certificate);
  if (dPoP) {
    await grants.checkDpopReplay(provider, ctx, dPoP, client.clientId);
    access.setThumbprint('jkt', dPoP.thumbprint);
  }
  const answer = { accessToken: await access.save(), expiresIn: access.expiration, scope: access.scope };
  if (withRefreshToken) {
    const authTime = Math.floor(Date.now() / 1000);
    const refresh = new provider.RefreshToken({ ...common, rotations: 0, authTime, resource: server?.audience });
    await grants.applyRefreshTokenBindings(provider, ctx, access, refresh);
    answer.refreshToken = await refresh.save();
    if (scope.split(' ').includes('openid')) {
      const id = new provider.IdToken({ sub: accountId }, { ctx });
      id.scope = 'openid';
      answer.idToken = await id.issue({ use: 'idtoken' });
    }
  }
  ctx.body = grants.buildTokenResponse(provider, { ...answer, issuedTokenType, tokenType: access.tokenType });
}

// What a JWT says that this key has signed.
async function verified(jwt, key, options) {
  try {
    return (await jwtVerify(jwt, key, { ...options, requiredClaims: ['sub', 'exp'] })).payload;
  } catch (error) {
    throw new errors.InvalidGrant(error.message);
  }
}

// RFC 8707 for the grants below: one resource, or none.
function requestedServer(ctx, resource) {
  return resource && new ctx.oidc.provider.ResourceServer(resource, resourceServer(ctx, resource));
}

function required(ctx, ...names) {
  for (const name of names) if (!ctx.oidc.params[name]) throw new errors.InvalidRequest(`${name} is required`);
}

// RFC 6749 §4.3
async function passwordGrant(ctx) {
  required(ctx, 'username', 'password');
  const { username, password, scope = 'read', resource } = ctx.oidc.params;
  if (username !== USERNAME || password !== PASSWORD) throw new errors.InvalidGrant('wrong user or password');
  const server = requestedServer(ctx, resource);
  await issue(ctx, 'password', { accountId: username, scope, server, withRefreshToken: true });
}

// RFC 8693, for an access token or an ID token of this issuer. An audience gets a JWT of its own.
async function tokenExchange(ctx) {
  required(ctx, 'subject_token', 'subject_token_type');
  const { params, provider } = ctx.oidc;
  const [access, jwt, id] = ['access_token', 'jwt', 'id_token'].map((kind) => TOKEN_TYPE + kind);
  const { subject_token_type: given, requested_token_type: issuedTokenType = access } = params;
  if (![access, jwt, id].includes(given)) throw new errors.InvalidRequest('subject_token_type is not supported');
  if (![access, jwt].includes(issuedTokenType)) throw new errors.InvalidRequest('requested_token_type not supported');
  const opaque = given === access && (await provider.AccessToken.find(params.subject_token));
  const { sub } = opaque
    ? { sub: opaque.accountId }
    : await verified(params.subject_token, publicKey, { issuer: provider.issuer });
  const server = params.audience
    ? new provider.ResourceServer(params.audience, { ...resourceServer(ctx, JWT_RESOURCE), audience: params.audience })
    : requestedServer(ctx, params.resource);
  await issue(ctx, 'token_exchange', { accountId: sub, scope: params.scope ?? 'read', server, issuedTokenType });
}

// RFC 7523 §2.1
async function jwtBearer(ctx) {
  required(ctx, 'assertion');
  const { provider, params } = ctx.oidc;
  const audience = [provider.issuer, ctx.oidc.urlFor('token')];
  const { sub } = await verified(params.assertion, assertionKey, { issuer: ASSERTION_ISSUER, audience });
  const server = requestedServer(ctx, params.resource);
  await issue(ctx, 'jwt_bearer', { accountId: sub, scope: params.scope ?? 'read', server });
}

// The login page that oidc-provider comes with takes any password.
async function checkPassword(ctx, next) {
  if (ctx.method === 'POST' && ctx.path.startsWith('/interaction/')) {
    const chunks = [];
    for await (const chunk of ctx.req) chunks.push(chunk);
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    if (form.prompt === 'login' && (form.login !== USERNAME || form.password !== PASSWORD)) {
      ctx.throw(403, 'wrong user or password');
    }
    ctx.req.body = form;
  }
  await next();
}

// A protected resource that asks for no user, for clients that have none. What is bound to a key is not taken.
const api = (op) => async (ctx, next) => {
  if (ctx.path !== '/api') return next();
  const [, value] = /^Bearer (.+)$/.exec(ctx.get('authorization')) ?? [];
  const token = value && ((await op.AccessToken.find(value)) ?? (await op.ClientCredentials.find(value)));
  if (!token || token.jkt || token['x5t#S256']) ctx.throw(401, 'no good token');
  ctx.body = { client: token.clientId, user: token.accountId ?? null };
};

async function listenOn(options) {
  const server = createServer({ key: read('server.key'), cert: read('server.crt'), ...options });
  // The port is known only now, and the issuer holds the port.
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, `https://localhost:${server.address().port}`];
}

async function listen(name, options) {
  const [server, issuer] = await listenOn({});
  const [forCertificates, alias] = await listenOn({ ca: read('ca.crt'), requestCert: true, rejectUnauthorized: false });
  const aliases = {
    token_endpoint: `${alias}/token`,
    revocation_endpoint: `${alias}/token/revocation`,
    introspection_endpoint: `${alias}/token/introspection`,
    device_authorization_endpoint: `${alias}/device/auth`,
    pushed_authorization_request_endpoint: `${alias}/request`,
    userinfo_endpoint: `${alias}/me`,
  };
  const op = provider(name, issuer, aliases, options);
  op.registerGrantType('password', passwordGrant, ['username', 'password', 'scope', 'resource']);
  const exchanged = ['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type', 'requested_token_type'];
  op.registerGrantType(EXCHANGE, tokenExchange, [...exchanged, 'audience', 'resource', 'scope']);
  op.registerGrantType(BEARER, jwtBearer, ['assertion', 'scope', 'resource']);
  op.use(async (ctx, next) => {
    await next();
    const { params, client } = ctx.oidc ?? {};
    const words = [name, ctx.path, params?.grant_type ?? '-', client?.clientId ?? '-', ctx.status];
    appendFileSync(join(directory, 'requests.log'), `${words.join(' ')}\n`);
  });
  op.use(checkPassword);
  op.use(api(op));
  op.on('server_error', (ctx, error) => console.error(error));
  for (const one of [server, forCertificates]) one.on('request', op.callback());
  const resources = { RESOURCE: `${issuer}/me`, MTLS_RESOURCE: `${alias}/me`, API: `${issuer}/api` };
  const named = Object.entries(resources).map(([what, url]) => [`${name}_${what}`, url]);
  return { [`${name}_ISSUER`]: issuer, ...Object.fromEntries(named) };
}

writeFileSync(join(directory, 'requests.log'), '');
const values = Object.assign(
  {
    SCOPE: 'openid read',
    CC_ID: 'cc',
    CC_SECRET: CONF_SECRET,
    CODE_ID: 'code',
    CODECONF_ID: 'codeconf',
    CODECONF_SECRET: CONF_SECRET,
    PAR_ID: 'par',
    DEVICE_ID: 'device',
    DPOP_ID: 'dpop',
    DPOPNONCE_ID: 'dpopnonce',
    SECRETJWT_ID: 'secretjwt',
    SECRETJWT_SECRET: secretJwt,
    ES256_ID: 'es256',
    ES256_KEY: join(directory, 'es256.pem'),
    RS256_ID: 'rs256',
    RS256_KEY: join(directory, 'rsa.pem'),
    PS256_ID: 'ps256',
    PS256_KEY: join(directory, 'rsa.pem'),
    EDDSA_ID: 'eddsa',
    EDDSA_KEY: join(directory, 'ed25519.pem'),
    TLS_ID: 'tls',
    TLS_CERTIFICATE: join(directory, 'tls.crt'),
    TLS_KEY: join(directory, 'tls.key'),
    SELFTLS_ID: 'selftls',
    SELFTLS_CERTIFICATE: join(directory, 'selftls.crt'),
    SELFTLS_KEY: join(directory, 'selftls.key'),
    ASSERTION_ISSUER,
    ASSERTION_KEY: join(directory, 'assertion.pem'),
    JWT_RESOURCE,
    OPAQUE_RESOURCE,
  },
  ...(await Promise.all([
    listen('ROTATING', { rotate: true, firstLifetime: 3600 }),
    listen('FIXED', { rotate: false, firstLifetime: 3600, lenient: true }),
    listen('SHORT', { rotate: true, firstLifetime: 2 }),
  ])),
  { REQUEST_LOG: join(directory, 'requests.log') },
);
const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
writeFileSync(join(directory, 'issuers.new'), lines.join(''));
renameSync(join(directory, 'issuers.new'), join(directory, 'issuers'));
