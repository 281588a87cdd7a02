/** E-mail: never without TLS that is checked, never to an impostor, and as threads that mail readers show. */
import { expect, it } from 'vitest';
import { emailReceiver, PASSWORD } from '#test/support/alert-receivers.ts';
import { ALERT, alertNotice } from '#test/support/notices.ts';
import { opened, openSink } from '#test/support/sinks.ts';
import { tempFile } from '#test/support/temp.ts';

it('is sent over STARTTLS with a certificate that is checked, and with the password of a file', async () => {
  const server = await opened(emailReceiver);
  expect(await openSink('email', server.settings).send(1)).toEqual({ kind: 'taken' });
  expect(server.sessions).toEqual([{ secure: true, user: 'monitor', to: ['night@example.org'] }]);
});

it('is not given to a server whose certificate nobody vouches for', async () => {
  const server = await opened(emailReceiver);
  const { ca_file: _, ...settings } = server.settings;
  const outcome = await openSink('email', settings).send(1);
  expect(outcome).toMatchObject({ kind: 'away', reason: expect.stringContaining('SELF_SIGNED') });
  expect(server.told()).toEqual([]);
});

it('is not given to a server whose certificate is for another name', async () => {
  const address = '127.0.0.2';
  const server = await opened(() => emailReceiver({}, address));
  const outcome = await openSink('email', { ...server.settings, host: address }).send(1);
  expect(outcome).toMatchObject({ kind: 'away', reason: expect.stringContaining('ALTNAME') });
  expect(server.told()).toEqual([]);
});

it('is not sent in the clear where the server offers no STARTTLS', async () => {
  const server = await opened(() => emailReceiver({ disabledCommands: ['STARTTLS', 'AUTH'] }));
  const { user: _, password_file: __, ...settings } = server.settings;
  expect(await openSink('email', settings).send(1)).toMatchObject({ kind: 'away' });
  expect(server.told()).toEqual([]);
  const inTheClear = openSink('email', { ...settings, tls: 'none' });
  expect(await inTheClear.send(1)).toEqual({ kind: 'taken' });
});

it('waits when the password is wrong, as that is not about the message', async () => {
  const server = await opened(emailReceiver);
  const wrong = { ...server.settings, password_file: tempFile('password', `not ${PASSWORD}`) };
  const outcome = await openSink('email', wrong).send(1);
  expect(outcome).toEqual({ kind: 'away', reason: 'EAUTH 535', retryAfterMs: 0 });
});

it('has one thread for each alert, and one id for each delivery', async () => {
  const server = await opened(emailReceiver);
  const { send } = openSink('email', server.settings);
  await send(1);
  await send(1);
  await send(2, alertNotice('resolved', { resolvedAtMs: ALERT.raisedAtMs }));
  await send(3, alertNotice('raised', { raisedAtMs: ALERT.raisedAtMs + 1 }));
  const headers = (name: string) =>
    server.told().map((mail) => new RegExp(`^${name}: (.*)$`, 'im').exec(mail)?.[1]);
  const [first, again, resolved, anew] = headers('message-id');
  expect(again).toBe(first);
  expect(new Set([first, resolved, anew]).size).toBe(3);
  const threads = headers('references');
  expect(threads[2]).toBe(threads[0]);
  expect(threads[3]).not.toBe(threads[0]);
  expect(headers('auto-submitted')[0]).toBe('auto-generated');
  expect(headers('subject')[0]).toMatch(/^\[critical\] The log contradicts itself/);
});
