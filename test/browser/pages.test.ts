import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { followJournal } from '../service/proof-stand.ts';
import { startStand, type Stand } from '../service/stand.ts';
import { chromiumArgs, chromiumPath } from './chromium.ts';

describe.skipIf(!chromiumPath)('pages in a browser (skipped where no Chromium is installed)', () => {
  let stand: Stand;
  let browser: BrowserContext;
  const profile = mkdtempSync(join(tmpdir(), 'bonus-browser-'));
  beforeAll(async () => {
    stand = await startStand('pages');
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

  it('the Temporal UI shows a payment under its receipt, with both books equal in its details', async () => {
    const person = stand.person(1);
    const body = { receipt: 'B-1', phone: `+${person.phone}`, total: '100.00', redeem: '30.00' };
    const paid = await stand.till('/payments', body);
    await stand.bothHold(person, '73.50');
    await stand.quiet();
    const { runId } = await stand.client.workflow.getHandle(paid.body.workflowId).describe();
    const page = await browser.newPage();
    const id = encodeURIComponent(paid.body.workflowId);
    await page.goto(`${inject('temporalUiUrl')}/namespaces/default/workflows/${id}/${runId}/history`);
    await page.getByText(paid.body.workflowId).first().waitFor();
    await page.getByText('Ledger: take bonus first, then earn on the money').first().waitFor();
    await page.close();
  });

  it('B-01 /proof shows the proof of a payment with the token that is typed, and asks no other host', async () => {
    const person = stand.person(2);
    const body = { receipt: 'B-2', phone: `+${person.phone}`, total: '100.00', redeem: '30.00' };
    const headers = { 'idempotency-key': 'till-1-0042' };
    const paid = await stand.till('/payments', body, { headers });
    await stand.quiet();
    await followJournal(stand);
    await expect
      .poll(async () => (await stand.admin(`/payments/${paid.body.id}/proof`)).body.verdict, { timeout: 30_000 })
      .toBe('exactly_once');
    const page = await browser.newPage();
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    const faults: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
    await page.setViewportSize({ width: 900, height: 1_000 });
    await page.goto(`${stand.apiUrls[0]}/proof`);
    await page.getByLabel('Operator token').fill('wrong');
    await page.getByLabel('Payment (pay_…) or workflow id').fill(paid.body.id);
    await page.getByRole('button', { name: 'Prove' }).click();
    await page.getByText('This is not the ADMIN_TOKEN of this installation.').waitFor();
    faults.length = 0;
    await page.getByLabel('Operator token').fill('admin-test');
    await page.getByRole('button', { name: 'Prove' }).click();
    await page.getByRole('status').getByText('EXACTLY ONCE').waitFor();
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'Request',
      'Workflow',
      'Our ledger',
      'Altegio: writes and journal',
      'Both books',
    ]);
    expect(faults).toEqual([]);
    expect([...hosts]).toEqual([new URL(stand.apiUrls[0] ?? '').host]);
    const picture = process.env['PROOF_PICTURE'];
    if (picture) await page.screenshot({ path: picture, fullPage: true });
    await page.close();
  });

  it('/docs lists the calls, and asks no other host', async () => {
    const page = await browser.newPage();
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.goto(`${stand.apiUrls[0]}/docs`);
    await page.getByText('/v1/payments', { exact: true }).first().waitFor();
    expect([...hosts]).toEqual([new URL(stand.apiUrls[0] ?? '').host]);
    await page.close();
  });

  it("the sandbox's page shows the cards, and a click on +50 tops a card up", async () => {
    const page = await browser.newPage();
    await page.goto(new URL('/', stand.sandbox.controlUrl).href);
    const person = stand.person(3);
    await page.getByRole('button', { name: `Add 50 to card ${person.card?.number}` }).click();
    await expect.poll(() => stand.altegio(person)).toBe('50.00');
    await page.close();
  });
});
