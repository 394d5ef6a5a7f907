import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
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

  it('P-10 /tills lists the till models and their kind with the token that is typed, and asks no other host', async () => {
    await stand.admin('/till-models/Front%20Box', { as: 'discount' }, 'PUT');
    await stand.admin('/keys', { locationId: stand.locationId, name: 'Till by the door', model: 'Front Box' });
    const page = await browser.newPage();
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    const faults: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
    await page.setViewportSize({ width: 900, height: 700 });
    await page.goto(`${stand.apiUrls[0]}/tills`);
    await page.getByLabel('Operator token').fill('admin-test');
    await page.getByRole('button', { name: 'Show' }).click();
    const model = page.locator('section', { has: page.getByRole('heading', { name: 'Front Box' }) });
    await model.getByText('discount: points make the bill smaller').waitFor();
    await model.getByRole('cell', { name: 'Till by the door' }).waitFor();
    expect(faults).toEqual([]);
    expect([...hosts]).toEqual([new URL(stand.apiUrls[0] ?? '').host]);
    const picture = process.env['TILLS_PICTURE'];
    if (picture) await page.screenshot({ path: picture, fullPage: true });
    await page.close();
  });

  /** Opens a page of ours with the token typed, and checks at the end that it asked no other host and met no fault. */
  async function onPage(path: string, work: (page: Page) => Promise<void>): Promise<void> {
    const page = await browser.newPage();
    const hosts = new Set<string>();
    const faults: string[] = [];
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
    page.on('pageerror', (error) => void faults.push(error.message));
    await page.setViewportSize({ width: 900, height: 900 });
    await page.goto(`${stand.apiUrls[0]}${path}`);
    await page.getByLabel('Operator token').fill('admin-test');
    await work(page);
    expect(faults).toEqual([]);
    expect([...hosts]).toEqual([new URL(stand.apiUrls[0] ?? '').host]);
    const folder = process.env['PICTURES'];
    if (folder) await page.screenshot({ path: join(folder, `${path.slice(1)}.png`), fullPage: true });
    await page.close();
  }

  it('P-15 /customers finds, opens, switches off and moves a customer, at once here and at the till', async () => {
    const { body: gold } = await stand.admin('/customer-types', { chainId: stand.chainId, name: 'Gold' });
    const body = { programId: stand.programId, name: 'Aigerim Sultanova', cardCode: '00AB12CD34' };
    const { id } = (await stand.admin('/customers', body)).body;
    const atTheTill = async () => {
      const { status, body: found } = await stand.till('/lookups', { scan: '00AB12CD34' });
      return status === 200 ? found.account.customerType : found.code;
    };
    await onPage('/customers', async (page) => {
      for (const text of ['aigerim', '00AB12CD34', 'CD34']) {
        await page.getByLabel('Name, phone, card code').fill(text);
        await page.getByRole('button', { name: 'Search' }).click();
        await page.getByRole('row', { name: 'Aigerim Sultanova' }).waitFor();
      }
      await page.getByRole('button', { name: 'Open Aigerim Sultanova' }).click();
      await page.getByText(id).waitFor();
      expect(await atTheTill()).toBe('Standard');
      await page.getByRole('button', { name: 'Deactivate' }).click();
      await page.getByRole('button', { name: 'Activate', exact: true }).waitFor();
      expect(await atTheTill()).toBe('customer_inactive');
      await page.getByRole('row', { name: 'Aigerim Sultanova' }).getByText('inactive').waitFor();
      await page.getByRole('button', { name: 'Activate', exact: true }).click();
      await page.getByRole('button', { name: 'Deactivate' }).waitFor();
      await page.getByLabel('Move to type').selectOption(gold.id);
      await page.getByRole('button', { name: 'Move' }).click();
      await page.getByRole('cell', { name: 'operator' }).nth(2).waitFor();
      expect(await atTheTill()).toBe('Gold');
      await page.getByLabel('E-mail').fill('aigerim@example.com');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('cell', { name: 'aigerim@example.com' }).waitFor();
    });
    expect((await stand.admin(`/customers/${id}`)).body).toMatchObject({
      email: 'aigerim@example.com',
      status: 'active',
    });
  });

  /** The id of the element that keys go to. */
  const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.id');

  it('P-35 /swipe has a focused box: a swipe shows what arrived, what was read, whose card, pass or fail', async () => {
    const body = { programId: stand.programId, cardCode: '0093817264508172' };
    const { id, cardCode } = (await stand.admin('/customers', body)).body;
    await onPage('/swipe', async (page) => {
      await page.getByLabel('Operator token').press('Tab');
      const swipe = async (text: string, verdict: string) => {
        // As a reader does it: keys into whatever has the focus, then Enter.
        expect(await focused(page)).toBe('sample');
        await page.keyboard.type(text);
        await page.keyboard.press('Enter');
        await page.getByRole('status').getByText(verdict, { exact: true }).waitFor();
        await page.getByText(text, { exact: true }).first().waitFor();
        await expect.poll(() => focused(page)).toBe('sample');
      };
      await swipe(`%${cardCode}?;${cardCode}?`, 'PASS');
      await page.getByRole('link', { name: id }).waitFor();
      await swipe(`%B${cardCode}^DOE/J^2512?`, 'FAIL');
      await page.getByText('characters are added to the number').waitFor();
      await page.getByRole('link', { name: id }).waitFor();
      await swipe('1234567', 'FAIL');
      await page.getByText('1234567 has 7 characters').waitFor();
      await page.getByText('nobody has this card').waitFor();
      await swipe(`https://cards.example.com/c/${cardCode}`, 'PASS');
    });
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
