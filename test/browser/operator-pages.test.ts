// The pages of the operator in a real browser: keys, help, and what a page says when something fails.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/common';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, startStand, type Stand } from '../service/stand.ts';
import { followJournal } from '../service/proof-stand.ts';
import { until } from '../service/until.ts';
import { chromiumArgs, chromiumPath } from './chromium.ts';

const CONTACT = 'help@salon.test';

describe.skipIf(!chromiumPath)("the operator's pages (skipped where no Chromium is installed)", () => {
  let stand: Stand;
  let browser: BrowserContext;
  const profile = mkdtempSync(join(tmpdir(), 'bonus-browser-'));
  beforeAll(async () => {
    stand = await startStand('operator-pages');
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath ?? '',
      headless: true,
      args: chromiumArgs,
    });
  });
  afterAll(async () => {
    await browser?.close();
    await stand?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  const asTill = (key: string, body: object) =>
    stand.till('/payments', body, { headers: { authorization: `Bearer ${key}` } });

  /** Opens a page, types the token and presses the button; `PICTURES` names a folder for what was seen. */
  async function open(path: string, button: string, token = 'admin-test'): Promise<Page> {
    const page = await browser.newPage();
    await page.setViewportSize({ width: 900, height: 800 });
    await page.goto(`${stand.apiUrls[0]}${path}`);
    await page.getByLabel('Operator token').fill(token);
    await page.getByRole('button', { name: button, exact: true }).click();
    return page;
  }

  async function picture(page: Page, name: string): Promise<void> {
    const folder = process.env['PICTURES'];
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  it('P-23 the page makes a key and shows it once, lists name, last four, last use and a switch; switched off, its calls get 401 and start no workflow', async () => {
    const page = await open('/keys', 'Show keys');
    await page.getByLabel('Name of the till').fill('Bar till');
    await page.getByRole('button', { name: 'Make key' }).click();
    const key = (await page.locator('#once code').textContent()) ?? '';
    expect(key).toMatch(/^pos_[\w-]{43}$/);
    const line = page.getByRole('row').filter({ hasText: 'Bar till' });
    await line.getByText('never').waitFor();
    await line.getByText(`…${key.slice(-4)}`).waitFor();
    const body = { phone: `+${stand.person(2).phone}`, total: '10.00', redeem: 'none' };
    expect((await asTill(key, { ...body, receipt: 'P23-1' })).status).toBe(201);
    await stand.quiet();
    await page.reload();
    await line.getByText(/\d+ s ago/).waitFor();
    await line.getByText('on', { exact: true }).waitFor();
    expect(await page.content()).not.toContain(key);
    expect(JSON.stringify((await stand.admin('/keys')).body)).not.toContain(key);
    await picture(page, 'keys');

    await line.getByRole('button', { name: `Switch off Bar till …${key.slice(-4)}` }).click();
    await line.getByText('off', { exact: true }).waitFor();
    const refused = async () => (await asTill(key, { ...body, receipt: 'P23-2' })).body.code === 'key_disabled';
    // A till that is quick enough is let in for as long as the key is remembered.
    await until('the key is refused', async () => (await asTill(key, { receipt: '' })).status === 401, 2_000);
    expect(await refused()).toBe(true);
    const workflow = stand.client.workflow.getHandle(`payment:${stand.locationId}:P23-2`);
    await expect(workflow.describe()).rejects.toThrow(WorkflowNotFoundError);
    expect((await stand.till('/payments?receipt=P23-2')).status).toBe(404);
    await page.close();
  });

  it('P-21 a heartbeat feeds "last seen", which the first step of the help page shows, in red when it is stale', async () => {
    await stand.till('/heartbeats', { terminal: 'Desk 1' });
    await stand.till('/heartbeats', { terminal: 'Desk 2' });
    await stand.pool.query(`update terminal set last_seen_at = now() - interval '4 minutes' where name = 'Desk 2'`);
    const page = await open('/help', 'Look');
    expect(await page.getByRole('heading', { level: 2 }).first().textContent()).toBe('1. Is the till online?');
    const seen = (terminal: string) =>
      page
        .getByRole('table', { name: 'Terminals' })
        .getByRole('row')
        .filter({ hasText: terminal })
        .locator('td')
        .last();
    await seen('Desk 2').getByText('4 min ago').waitFor();
    await seen('Desk 1')
      .getByText(/^\d+ s ago/)
      .waitFor();
    const rowOf = (terminal: string) =>
      `[...document.querySelectorAll('tr')].find((row) => row.innerText.includes('${terminal}'))`;
    const colour = (terminal: string) => page.evaluate(`getComputedStyle(${rowOf(terminal)}.lastElementChild).color`);
    expect(await colour('Desk 2')).toBe('rgb(179, 32, 31)');
    expect(await colour('Desk 1')).toBe('rgb(10, 122, 67)');
    await picture(page, 'help');
    await page.close();
  });

  it('P-12 every page of a failure ends with the configured contact and the id to quote, and every problem carries its requestId', async () => {
    const base = stand.apiUrls[0] ?? '';
    const page = await browser.newPage();
    for (const path of ['/nowhere', '/docs/nothing.css', '/keys/nothing']) {
      const answer = await page.goto(`${base}${path}`);
      expect(answer?.status(), path).toBe(404);
      const id = answer?.headers()['x-request-id'] ?? '';
      expect((await page.locator('body').innerText()).trim(), path).toMatch(new RegExp(`${CONTACT}, quoting ${id}$`));
    }
    await picture(page, 'failure');
    await page.close();
    for (const [path, button] of [
      ['/keys', 'Show keys'],
      ['/help', 'Look'],
      ['/proof', 'Prove'],
    ] as const) {
      const shell = await browser.newPage();
      await shell.goto(`${base}${path}`);
      await shell.getByLabel('Operator token').fill('wrong');
      if (path === '/proof') await shell.getByLabel('Payment (pay_…) or workflow id').fill('payment:1:R');
      await shell.getByRole('button', { name: button }).click();
      const message = shell.getByRole('alert');
      await message.getByText(/ADMIN_TOKEN/).waitFor();
      expect(await message.textContent(), path).toMatch(new RegExp(`${CONTACT}, quoting [0-9a-f-]{36}$`));
      await shell.close();
    }
    const headers = { authorization: `Bearer ${stand.key}` };
    for (const [path, init] of [
      ['/v1/payments', {}],
      ['/v1/lookups', { body: {}, headers }],
      ['/v1/rewards', { headers }],
      ['/v1/payments/pay_x', { headers }],
      ['/api/keys', {}],
      ['/webhooks/altegio/unknown', { body: {} }],
      ['/nowhere', {}],
    ] as const) {
      const { status, headers: said, body } = await call(`${base}${path}`, init);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect([body.requestId, typeof body.requestId], path).toEqual([said.get('x-request-id'), 'string']);
    }
  });

  it('B-14 the page shows both books now and after before its button is live, and any change asks for another look', async () => {
    const person = stand.person(1);
    await stand.meet(person);
    await stand.quiet();
    const paid = await stand.till('/payments', {
      receipt: 'UNDO',
      phone: `+${person.phone}`,
      total: '100.00',
      redeem: '30.00',
    });
    await stand.quiet();
    const page = await browser.newPage();
    await page.setViewportSize({ width: 900, height: 800 });
    await page.goto(`${stand.apiUrls[0]}/undo#${encodeURIComponent(paid.body.workflowId)}`);
    const button = page.getByRole('button', { name: 'Undo', exact: true });
    await page.getByLabel('Operator token').fill('admin-test');
    await page.getByLabel('Reason').fill('sold twice');
    expect(await button.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Show now and after' }).click();
    const line = (name: string) => page.getByRole('row').filter({ hasText: name }).locator('td').allTextContents();
    await page.getByRole('heading', { name: 'Both books' }).waitFor();
    expect(await line('Our ledger, active')).toEqual(['Our ledger, active', '73.50', '100.00']);
    expect(await line('Altegio card')).toEqual(['Altegio card', '73.50', '100.00']);
    expect(await line('refund')).toEqual(['refund', 'active', '30.00']);
    expect(await button.isEnabled()).toBe(true);
    await picture(page, 'undo');
    await page.getByLabel('Reason').fill('sold twice, says the salon');
    expect(await button.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Show now and after' }).click();
    await page.getByRole('heading', { name: 'Both books' }).waitFor();
    expect(await stand.altegio(person)).toBe('73.50');
    await button.click();
    await page.getByRole('status').getByText('Being undone by adjustment:').waitFor();
    expect(await button.isDisabled()).toBe(true);
    await stand.bothHold(person, '100.00');
    await page.close();
  });

  it('M-14 the page shows what Altegio accrued by a promotion of its own, and what is still to be confirmed', async () => {
    const person = stand.person(3);
    await stand.meet(person);
    await stand.quiet();
    const page = await open('/promotions', 'Look');
    await page.getByText('Nobody has confirmed yet').waitFor();
    await page.getByLabel('How you know').fill('looked at the card type');
    await page.getByRole('button', { name: 'Its expiry is off' }).click();
    await page.getByText('Nothing accrues or expires beside us.').waitFor();
    await page.getByText('Expiry confirmed to be off by').waitFor();
    await stand.control('/native', { cardId: person.card?.id, amount: '9.00', type: 2 });
    await followJournal(stand);
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('Altegio has accrued or burnt points by itself').waitFor();
    await page.getByRole('row').filter({ hasText: 'program accrual' }).getByText('9.00').waitFor();
    await picture(page, 'promotions');
    await page.close();
  });

  it('B-19 the page shows what is owed by month, and that it is equal to the balances of all accounts', async () => {
    const page = await browser.newPage();
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.goto(`${stand.apiUrls[0]}/liability`);
    await page.getByLabel('Operator token').fill('admin-test');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('status').getByText('= balances of all accounts').waitFor();
    expect(await page.getByLabel('Chain').inputValue()).toBe(String(stand.chainId));
    expect(await page.getByRole('row').first().locator('th').allTextContents()).toContain('− Redeemed');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    expect((await download).suggestedFilename()).toBe('liability.csv');
    await picture(page, 'liability');
    await page.close();
  });

  it('/status is a page for people, without a login', async () => {
    const page = await browser.newPage();
    await page.setViewportSize({ width: 900, height: 800 });
    await page.goto(`${stand.apiUrls[0]}/status`);
    for (const name of ['API', 'Worker', 'Database', 'Temporal', 'Altegio'])
      await page.getByRole('row').filter({ hasText: name }).first().waitFor();
    await picture(page, 'status');
    await page.close();
  });
});
