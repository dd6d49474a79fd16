// @node-oauth/oauth2-server as two servers on two free loopback ports, in memory, with the same clients and the same
// user:
//
//   ROTATING  every refresh gives a new refresh token; the old one is dead
//   FIXED     a refresh gives no refresh token; the old one stays good
//
// The library is a token endpoint and an authorization endpoint, with neither metadata nor revocation nor the device
// grant. It can ask for a client secret grant by grant, not client by client; so here the model asks.
//
// usage: server.mjs DIR, with server.key, server.crt in DIR and the credentials in the environment. Writes DIR/issuers
// when both accept connections, and DIR/requests.log: one line per answered request,
// "ISSUER PATH GRANT-TYPE CLIENT STATUS".
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import OAuth2Server from '@node-oauth/oauth2-server';

const { Request, Response } = OAuth2Server;
const directory = process.argv[2];
const { USERNAME, PASSWORD, CONF_SECRET, POST_SECRET, ENC_SECRET } = process.env;
const SCOPES = ['read', 'write'];

const byPassword = ['password', 'refresh_token'];
const byCode = ['authorization_code', 'refresh_token'];
const clients = [
  { id: 'conf', secret: CONF_SECRET, grants: byPassword },
  { id: 'enc', secret: ENC_SECRET, grants: byPassword },
  { id: 'post', secret: POST_SECRET, grants: byPassword },
  { id: 'encpost', secret: ENC_SECRET, grants: byPassword },
  { id: 'pub', grants: byPassword },
  { id: 'cc', secret: CONF_SECRET, grants: ['client_credentials'] },
  { id: 'code', grants: byCode },
  { id: 'codeconf', secret: CONF_SECRET, grants: byCode },
];

const isUser = (name, password) => name === USERNAME && password === PASSWORD;
const page = (title, body) =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
const LOGIN = page(
  'Log in',
  `<form method="post" action="/login"><input name="username"><input type="password" name="password">
   <button type="submit">Log in</button></form>`,
);
const QUESTION = page(
  'Allow it?',
  `<form method="post"><button type="submit" name="decision" value="allow">Allow</button>
   <button type="submit" name="decision" value="deny">Deny</button></form>`,
);

function makeModel() {
  const access = new Map();
  const refresh = new Map();
  const codes = new Map();
  const findClient = (id) => clients.find((client) => client.id === id);
  return {
    getClient(id, secret) {
      const client = findClient(id);
      // The authorization endpoint asks with null: there nobody authenticates.
      const known = secret === null || (secret || undefined) === client?.secret;
      return client && known ? { ...client, redirectUris: ['http://127.0.0.1/'] } : undefined;
    },
    getUser: (name, password) => (isUser(name, password) ? { username: name } : undefined),
    getUserFromClient: (client) => ({ username: client.id }),
    validateScope: (user, client, scope) => {
      const asked = scope ?? ['read'];
      return asked.every((one) => SCOPES.includes(one)) ? asked : false;
    },
    // RFC 8252 §7.3: any port of a loopback address.
    validateRedirectUri: (uri) => /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/]/.test(uri),
    saveToken(token, client, user) {
      const saved = { ...token, client, user };
      access.set(token.accessToken, saved);
      if (token.refreshToken) refresh.set(token.refreshToken, saved);
      return saved;
    },
    getAccessToken: (token) => access.get(token),
    getRefreshToken: (token) => refresh.get(token),
    revokeToken: (token) => refresh.delete(token.refreshToken),
    saveAuthorizationCode(code, client, user) {
      const saved = { ...code, client, user };
      codes.set(code.authorizationCode, saved);
      return saved;
    },
    getAuthorizationCode: (code) => codes.get(code),
    revokeAuthorizationCode: (code) => codes.delete(code.authorizationCode),
  };
}

function application(rotates) {
  const server = new OAuth2Server({
    model: makeModel(),
    accessTokenLifetime: 3600,
    refreshTokenLifetime: 86400,
    authorizationCodeLifetime: 60,
    alwaysIssueNewRefreshToken: rotates,
    requireClientAuthentication: { password: false, refresh_token: false, authorization_code: false },
  });
  // From the value of the cookie to where the person wanted to go, and whether they have logged in.
  const sessions = new Map();

  async function token(request) {
    const response = new Response();
    try {
      await server.token(request, response);
    } catch (error) {
      // A client that is refused before its grant is looked at leaves no body behind.
      if (!response.body?.error) response.body = { error: error.name, error_description: error.message };
      response.status = error.code;
    }
    const headers = { ...response.headers, 'content-type': 'application/json' };
    return { status: response.status, headers, body: JSON.stringify(response.body) };
  }

  async function authorize(request, session) {
    if (!session.get().username) {
      session.set({ wanted: request.url });
      return { status: 303, headers: { location: '/login' } };
    }
    if (request.method === 'GET') return html(200, QUESTION);
    if (request.body.decision !== 'allow') request.query.allowed = 'false';
    const response = new Response();
    const user = { username: session.get().username };
    // What goes wrong after the client and its address are known is told to the client.
    await server.authorize(request, response, { authenticateHandler: { handle: () => user } }).catch((error) => {
      if (!response.headers?.location) throw error;
    });
    return { status: 302, headers: { location: response.headers.location } };
  }

  function login(request, session) {
    if (request.method === 'GET') return html(200, LOGIN);
    const { username, password } = request.body;
    if (!isUser(username, password)) return html(403, LOGIN);
    const { wanted = '/' } = session.get();
    session.set({ username });
    return { status: 303, headers: { location: wanted } };
  }

  async function me(request) {
    try {
      const { user } = await server.authenticate(request, new Response());
      const headers = { 'content-type': 'application/json' };
      return { status: 200, headers, body: JSON.stringify({ sub: user.username }) };
    } catch (error) {
      return { status: error.code, headers: {}, body: '' };
    }
  }

  const routes = { '/oauth/token': token, '/oauth/authorize': authorize, '/login': login, '/me': me };
  return async (request) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const route = routes[pathname];
    if (!route) return html(404, page('Not found', `<p>Cannot ${request.method} ${pathname}</p>`));
    const id = /session=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? randomBytes(16).toString('hex');
    const session = { get: () => sessions.get(id) ?? {}, set: (value) => sessions.set(id, value) };
    const answer = await route(request, session);
    if (sessions.has(id)) answer.headers['set-cookie'] = `session=${id}; Path=/; HttpOnly; Secure`;
    return answer;
  };
}

const html = (status, body) => ({ status, headers: { 'content-type': 'text/html; charset=utf-8' }, body });

async function listen(name, rotates) {
  const answer = application(rotates);
  const tls = { key: readFileSync(join(directory, 'server.key')), cert: readFileSync(join(directory, 'server.crt')) };
  const server = createServer(tls, async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url, 'http://localhost');
    const request = new Request({
      method: incoming.method,
      headers: { ...incoming.headers },
      query: Object.fromEntries(url.searchParams),
      body: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
    });
    request.url = incoming.url;
    let given;
    try {
      given = await answer(request);
    } catch (error) {
      given = html(error.code ?? 500, page('Error', `<p>${error.name}</p>`));
    }
    const basic = Buffer.from((incoming.headers.authorization ?? '').replace(/^Basic /i, ''), 'base64').toString();
    const client = request.body.client_id ?? (basic.split(':')[0] || '-');
    const words = [name, url.pathname, request.body.grant_type ?? '-', client, given.status];
    appendFileSync(join(directory, 'requests.log'), `${words.join(' ')}\n`);
    outgoing.writeHead(given.status, given.headers).end(given.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `https://localhost:${server.address().port}`;
  return {
    [`${name}_TOKEN_ENDPOINT`]: `${base}/oauth/token`,
    [`${name}_AUTHORIZATION_ENDPOINT`]: `${base}/oauth/authorize`,
    [`${name}_RESOURCE`]: `${base}/me`,
  };
}

writeFileSync(join(directory, 'requests.log'), '');
const values = {
  SCOPE: 'read',
  CC_ID: 'cc',
  CC_SECRET: CONF_SECRET,
  CODE_ID: 'code',
  CODECONF_ID: 'codeconf',
  CODECONF_SECRET: CONF_SECRET,
  ...(await listen('ROTATING', true)),
  ...(await listen('FIXED', false)),
  REQUEST_LOG: join(directory, 'requests.log'),
};
const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
writeFileSync(join(directory, 'issuers.new'), lines.join(''));
renameSync(join(directory, 'issuers.new'), join(directory, 'issuers'));
