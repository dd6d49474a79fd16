// What tests/servers/browser does in Chromium, by the DevTools protocol over two pipes: no port, no package.
//
// usage: browser.mjs URL PROFILE-DIR KEY-HASH, with USERNAME and PASSWORD in the environment
import { spawn } from 'node:child_process';

const [url, profile, key] = process.argv.slice(2);
const { USERNAME, PASSWORD, ...environment } = process.env;
// A fresh machine reads Chromium from its disk first.
const DEADLINE = Date.now() + 120_000;

const options = [
  '--headless=new',
  '--remote-debugging-pipe',
  `--user-data-dir=${profile}`,
  `--ignore-certificate-errors-spki-list=${key}`,
  // Nothing leaves this machine; the pages ask for fonts elsewhere.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1',
  '--no-proxy-server',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--password-store=basic',
  // Its sandbox does not work for root, who tests in containers.
  ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
  'about:blank',
];
const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'];
const chromium = spawn('chromium', options, { stdio, env: environment });
const [, , , toChromium, fromChromium] = chromium.stdio;

const waiting = new Map();
let unread = '';
fromChromium.setEncoding('utf8').on('data', (text) => {
  const messages = (unread + text).split('\0');
  unread = messages.pop();
  for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
    waiting.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
    waiting.delete(id);
  }
});

let session;
let lastId = 0;
function send(method, params = {}) {
  lastId += 1;
  const message = { id: lastId, method, params, ...(session && { sessionId: session }) };
  toChromium.write(`${JSON.stringify(message)}\0`);
  return new Promise((resolve) => waiting.set(lastId, resolve));
}

async function inPage(expression) {
  const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

// What is to be done on the page that is open. A page that was answered is marked: it stays until the next one comes. A
// page that asks nothing must do so for a while: some have scripts that go on by themselves, on a busy machine slowly.
const LOOK = `(() => {
  if (document.readyState !== 'complete' || window.answered) return 'wait';
  if (document.querySelector('input[type=password]')) return 'log in';
  if (document.querySelector('form [type=submit], form button, button[form]')) return 'allow';
  window.quietSince ??= performance.now();
  if (document.querySelector('form') || performance.now() - window.quietSince < 1000) return 'wait';
  return document.URL.startsWith('chrome-error:') ? 'lost' : 'end';
})()`;
const BUTTON = `(() => {
  window.answered = true;
  const buttons = [...document.querySelectorAll('button, input[type=submit]')];
  const says = (button, words) => words.test([button.name, button.value, button.textContent].join(' '));
  const good = buttons.find((button) => says(button, /allow|accept/i));
  (good ?? buttons.find((button) => !says(button, /deny|abort|cancel/i))).click();
})()`;

async function type(selector, text) {
  await inPage(`document.querySelector(${JSON.stringify(selector)}).focus()`);
  await send('Input.insertText', { text });
}

async function open() {
  const { targetInfos } = await send('Target.getTargets');
  const { targetId } = targetInfos.find(({ type: kind }) => kind === 'page');
  session = (await send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
  await send('Page.navigate', { url });
  let problem = 'none';
  while (Date.now() < DEADLINE) {
    try {
      const state = await inPage(LOOK);
      if (state === 'end' || state === 'lost') {
        const { entries, currentIndex } = await send('Page.getNavigationHistory');
        console.log(`${entries[currentIndex].url}\n${await inPage('document.body.innerText')}`);
        return state === 'end' ? 0 : 1;
      }
      await answer(state);
    } catch (error) {
      // Mostly that the page has just gone.
      problem = error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  console.error(`browser: no end after 120 s; the last problem: ${problem}`);
  return 1;
}

async function answer(state) {
  if (state === 'log in') {
    await type('input[name=login], input[name=username]', USERNAME);
    await type('input[type=password]', PASSWORD);
  }
  if (state !== 'wait') await inPage(BUTTON);
}

chromium.on('error', (error) => {
  console.error(`browser: ${error.message}`);
  process.exit(1);
});
chromium.on('exit', () => process.exit(process.exitCode ?? 1));
process.exitCode = await open();
await Promise.race([send('Browser.close'), new Promise((resolve) => setTimeout(resolve, 5000))]);
chromium.kill();
