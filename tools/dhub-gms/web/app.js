// SPDX-License-Identifier: Apache-2.0
// Settings > Access Tokens. Everything that came from the server goes into the page as text,
// never as markup; a token is kept nowhere but in the field that shows it.
'use strict';

const $ = id => document.getElementById(id);
const USER = 'urn:li:corpuser:';
const MOST = 1000;
let csrf = '';
let me = null; // {urn, username, rights: {...}, tokens: enabled?}
let tokens = [];
let chosen = null; // the token about to be revoked
let opener = null; // where the focus goes back to

// --- talking to the server ---

class Refused extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

async function send(method, path, body) {
  const headers = {'Accept': 'application/json'};
  if (body) headers['Content-Type'] = 'application/json';
  if (csrf) headers['X-CSRF-Token'] = csrf;
  let answer;
  try {
    answer = await fetch(path, {method, headers, body: body && JSON.stringify(body), credentials: 'same-origin', cache: 'no-store'});
  } catch (error) {
    throw new Refused('The server does not answer. Is it still running?', 0);
  }
  let json = null;
  try {
    json = await answer.json();
  } catch (error) {
    json = null;
  }
  if (!answer.ok) throw new Refused((json && json.message) || 'The server answered ' + answer.status + '.', answer.status);
  return json;
}

async function graphql(query, variables) {
  const answer = await send('POST', '/api/v2/graphql', {query, variables});
  if (answer.errors && answer.errors.length) {
    const first = answer.errors[0];
    throw new Refused(first.message, first.extensions && first.extensions.code);
  }
  return answer.data;
}

// --- small things ---

function say(text) {
  $('message').textContent = text || '';
  $('message').hidden = !text;
}

function problem(dialog, text) {
  const place = dialog.querySelector('.problem');
  place.textContent = text || '';
  place.hidden = !text;
}

function words(error) {
  if (error.code === 401) {
    signedOut();
    return 'You have been signed out. Sign in again.';
  }
  return error.message;
}

function open(dialog, from) {
  opener = from || document.activeElement;
  dialog.showModal();
}

function shortName(urn) {
  return urn.startsWith(USER) ? urn.slice(USER.length) : urn;
}

function when(ms) {
  return new Intl.DateTimeFormat(undefined, {dateStyle: 'medium', timeStyle: 'short'}).format(new Date(ms));
}

function isExpired(token) {
  return token.expiresAt !== null && token.expiresAt <= Date.now();
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// --- the list ---

function cell(row, label, content) {
  const made = element('td');
  made.setAttribute('role', 'cell');
  made.dataset.label = label;
  made.append(content);
  row.append(made);
  return made;
}

function row(token) {
  const made = element('tr');
  made.setAttribute('role', 'row');
  const name = element('div');
  name.append(element('span', token.name, 'name'));
  if (token.description) name.append(element('span', token.description, 'about'));
  cell(made, 'Name', name);
  cell(made, 'Owner', element('span', shortName(token.ownerUrn), 'who'));
  cell(made, 'Acts as', element('span', shortName(token.actorUrn), 'who'));
  cell(made, 'Created', element('span', when(token.createdAt)));
  cell(made, 'Expires', element('span', token.expiresAt === null ? 'Never' : when(token.expiresAt)));
  const expired = isExpired(token);
  cell(made, 'State', element('span', expired ? 'Expired' : 'Active', expired ? 'state expired' : 'state'));
  const button = element('button', 'Revoke', 'danger');
  button.type = 'button';
  button.setAttribute('aria-label', 'Revoke ' + token.name);
  button.addEventListener('click', () => askToRevoke(token, button));
  cell(made, '', button);
  return made;
}

function show() {
  const wanted = $('filter').value.trim().toLowerCase();
  const state = $('state').value;
  const shown = tokens.filter(t =>
    (!wanted || [t.name, t.description || '', t.ownerUrn, t.actorUrn].some(text => text.toLowerCase().includes(wanted))) &&
    (!state || (state === 'expired') === isExpired(t)));
  $('rows').replaceChildren(...shown.map(row));
  $('empty').hidden = shown.length > 0;
  $('empty').textContent = tokens.length ? 'No token is like that.' : 'There are no tokens yet.';
  $('count').textContent = shown.length === tokens.length ? tokens.length + (tokens.length === 1 ? ' token' : ' tokens')
    : shown.length + ' of ' + tokens.length + ' tokens';
}

async function load() {
  // Who may make none has none to list: the server refuses to look.
  if (!me.rights.manageTokens && !me.rights.generatePersonalAccessTokens) {
    tokens = [];
    show();
    return;
  }
  const filters = me.rights.manageTokens ? [] : [{field: 'ownerUrn', values: [me.urn]}];
  const data = await graphql(
    'query List($input: ListAccessTokenInput!) { listAccessTokens(input: $input) { total tokens { id name description actorUrn ownerUrn createdAt expiresAt } } }',
    {input: {start: 0, count: MOST, filters}});
  tokens = data.listAccessTokens.tokens;
  show();
}

// --- who may what ---

function whyNot() {
  if (!me.tokens)
    return 'Token based authentication is currently disabled. Contact your DataHub administrator to enable this feature.';
  const r = me.rights;
  if (!r.generatePersonalAccessTokens && !r.manageTokens && !r.manageServiceAccounts)
    return 'You may not generate tokens: that needs the privilege Generate Personal Access Tokens. Ask your DataHub administrator, who can grant it in a policy.';
  return '';
}

function showRights() {
  const reason = whyNot();
  // Not `disabled`: the button stays where the keyboard finds it, and its reason is read out.
  $('generate').setAttribute('aria-disabled', String(reason !== ''));
  $('why-not').textContent = reason;
  $('why-not').hidden = !reason;
}

async function enter() {
  const data = await graphql('{ me { corpUser { urn username properties { displayName } } platformPrivileges { generatePersonalAccessTokens manageTokens manageServiceAccounts } } appConfig { authConfig { tokenAuthEnabled } } }');
  const user = data.me.corpUser;
  me = {urn: user.urn, username: user.username, rights: data.me.platformPrivileges, tokens: data.appConfig.authConfig.tokenAuthEnabled};
  $('who').textContent = user.properties.displayName;
  $('account').hidden = false;
  $('sign-out').hidden = !csrf;
  $('sign-in-section').hidden = true;
  $('tokens').hidden = false;
  showRights();
  await load();
}

function signedOut() {
  csrf = '';
  me = null;
  tokens = [];
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  $('rows').replaceChildren();
  $('tokens').hidden = true;
  $('account').hidden = true;
  $('sign-in-section').hidden = false;
}

// --- signing in and out ---

async function start() {
  try {
    const session = await send('GET', '/web/session');
    csrf = session.csrf || '';
    $('no-passwords').hidden = session.passwords !== false;
    if (session.signedIn) await enter();
    else signedOut();
  } catch (error) {
    say(words(error));
  }
}

$('sign-in').addEventListener('submit', async event => {
  event.preventDefault();
  say('');
  try {
    const session = await send('POST', '/web/session', {username: $('username').value.trim(), password: $('password').value});
    csrf = session.csrf;
    $('password').value = '';
    await enter();
    $('main').focus();
  } catch (error) {
    say(error.message);
    $('password').value = '';
    $('password').focus();
  }
});

$('sign-out').addEventListener('click', async () => {
  try {
    await send('DELETE', '/web/session');
  } catch (error) {
    say(words(error));
  }
  signedOut();
  $('username').focus();
});

// --- generating ---

function showKind() {
  const service = $('type').value === 'SERVICE_ACCOUNT';
  $('for-user').hidden = service;
  $('for-service').hidden = !service;
}

function showDuration() {
  $('duration-hint').textContent = $('duration').value === 'NO_EXPIRY'
    ? 'A token that never expires is good for whoever finds it, until it is revoked.' : '';
}

async function offerAccounts() {
  const data = await graphql('{ listServiceAccounts(input: {start: 0, count: 1000}) { serviceAccounts { urn displayName } } }');
  $('service').replaceChildren(...data.listServiceAccounts.serviceAccounts.map(account => {
    const option = element('option', account.displayName || shortName(account.urn));
    option.value = account.urn;
    return option;
  }));
  $('type').querySelector('[value=SERVICE_ACCOUNT]').disabled = !$('service').options.length;
}

$('generate').addEventListener('click', async () => {
  if (whyNot()) return;
  const form = $('generate-form');
  form.reset();
  problem($('generate-dialog'), '');
  $('actor').value = me.username;
  $('actor').readOnly = !me.rights.manageTokens;
  $('type').querySelector('[value=SERVICE_ACCOUNT]').disabled = true;
  showKind();
  showDuration();
  open($('generate-dialog'), $('generate'));
  $('name').focus();
  if (!me.rights.manageServiceAccounts) return;
  try {
    await offerAccounts();
  } catch (error) {
    problem($('generate-dialog'), words(error));
  }
});

$('generate-form').addEventListener('submit', async event => {
  event.preventDefault();
  const dialog = $('generate-dialog');
  const service = $('type').value === 'SERVICE_ACCOUNT';
  const actor = $('actor').value.trim();
  const input = {
    type: $('type').value,
    actorUrn: service ? $('service').value : actor.startsWith('urn:') ? actor : USER + actor,
    duration: $('duration').value,
    name: $('name').value.trim(),
  };
  if ($('description').value.trim()) input.description = $('description').value.trim();
  problem(dialog, '');
  try {
    const data = await graphql('mutation Create($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { accessToken } }', {input});
    dialog.close();
    $('made').value = data.createAccessToken.accessToken;
    $('copied').textContent = '';
    open($('made-dialog'), $('generate'));
    $('copy').focus();
    await load();
  } catch (error) {
    problem(dialog, words(error));
  }
});

$('copy').addEventListener('click', async () => {
  const field = $('made');
  let copied = false;
  try {
    await navigator.clipboard.writeText(field.value);
    copied = true;
  } catch (error) {
    // Not a secure context: the old way.
    field.focus();
    field.select();
    copied = document.execCommand('copy');
  }
  $('copied').textContent = copied ? 'Copied.' : 'It could not be copied: select it and copy it yourself.';
});

$('made-dialog').addEventListener('close', () => {
  $('made').value = '';
});

// --- revoking ---

function askToRevoke(token, from) {
  chosen = token;
  problem($('revoke-dialog'), '');
  $('revoke-text').textContent = 'Programs that use the token "' + token.name + '" of ' + shortName(token.actorUrn) +
    ' are refused from now on. This cannot be undone.';
  open($('revoke-dialog'), from);
}

$('revoke').addEventListener('click', async () => {
  try {
    await graphql('mutation Revoke($id: String!) { revokeAccessToken(tokenId: $id) }', {id: chosen.id});
    $('revoke-dialog').close();
    await load();
    $('count').textContent = 'Revoked ' + chosen.name + '. ' + $('count').textContent;
    $('main').focus();
  } catch (error) {
    problem($('revoke-dialog'), words(error));
  }
});

// --- the rest ---

for (const button of document.querySelectorAll('[data-close]'))
  button.addEventListener('click', () => button.closest('dialog').close());
for (const dialog of document.querySelectorAll('dialog'))
  dialog.addEventListener('close', () => {
    if (opener && opener.isConnected && !document.querySelector('dialog[open]')) opener.focus();
  });
$('filter').addEventListener('input', show);
$('state').addEventListener('change', show);
$('type').addEventListener('change', showKind);
$('duration').addEventListener('change', showDuration);
start();
