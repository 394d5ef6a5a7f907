import { describe, expect, it } from 'vitest';
import { openEnvelope, readAs, readComplaint, UnreadableBody } from '../../activities/altegio/client/body.ts';
import { blot } from '../../activities/altegio/client/errors.ts';
import { isLast } from '../../activities/altegio/client/journal.ts';
import { allowance } from '../../activities/altegio/client/lanes.ts';
import * as shapes from '../../activities/altegio/client/shapes.ts';

const card = { id: 9210520, balance: 784.89, number: '0000920609210520', type_id: 8230, salon_group_id: 9206 };
const cardValue = { id: 9210520n, number: '0000920609210520', typeId: 8230n, chainId: 9206n, balance: 78489n };

describe('the envelope', () => {
  it.each([
    ['with meta []', '{"success":true,"data":{"a":1},"meta":[]}', { a: 1 }],
    ['with meta {}', '{"success":true,"data":{"a":1},"meta":{}}', { a: 1 }],
    ['without meta', '{"success":true,"data":[]}', []],
    ['bare object', '{"a":1}', { a: 1 }],
    ['bare object that has a field data', '{"data":1,"a":1}', { data: 1, a: 1 }],
    ['bare list', '[1]', [1]],
    ['empty body', '', undefined],
  ])('is taken off: %s', (_title, raw, data) => {
    expect(openEnvelope(raw).data).toEqual(data);
  });

  it('gives meta where it is an object', () => {
    expect(openEnvelope('{"success":true,"data":[],"meta":{"count":3}}').meta).toEqual({ count: 3 });
    expect(openEnvelope('{"success":true,"data":[],"meta":[]}').meta).toEqual({});
  });

  it.each(['<html>', '{"success":true,', '{"success":false,"data":null,"meta":{"message":"no"}}'])(
    'refuses %s without quoting it',
    (raw) => {
      expect(() => openEnvelope(raw)).toThrow(UnreadableBody);
      expect(() => openEnvelope(raw)).not.toThrow(/html/);
    },
  );
});

describe('V-44 ids keep their digits', () => {
  it('V-44 reads numbers and numeric strings as bigint, and card numbers as text', () => {
    const [fromStrings] = readAs(shapes.cards, [
      { ...card, id: '9007199254740993', type_id: '8230', salon_group_id: '9206', balance: '784.890000000000001' },
    ]);
    expect(fromStrings).toEqual({ ...cardValue, id: 9007199254740993n });
    expect(readAs(shapes.cards, [{ ...card, number: 920609210520 }])[0]?.number).toBe('920609210520');
  });

  it('V-44 refuses a JSON number beyond 2^53, whose digits are lost already', () => {
    const [raw] = JSON.parse('[{"id":9007199254740993,"balance":1,"number":"1","type_id":1}]') as unknown[];
    expect(() => readAs(shapes.cards, [raw])).toThrow(UnreadableBody);
  });
});

describe('cards', () => {
  it('reads type and chain from the relation when the flat field is missing, and ignores what it does not know', () => {
    const raw = {
      ...card,
      type_id: undefined,
      salon_group_id: [],
      type: { id: '8230' },
      salon_group: { id: 9206 },
      new: 1,
    };
    expect(readAs(shapes.cards, [raw])).toEqual([cardValue]);
    expect(readAs(shapes.cards, [{ ...card, salon_group_id: 0, salon_group: [] }])[0]?.chainId).toBeNull();
  });

  it.each([
    [0.66000000000000003, 66n],
    [99.340000000000003, 9934n],
    [1.005, 101n],
    ['1000.00', 100000n],
    [1000, 100000n],
    [-5.5, -550n],
    [5.6843418860808015e-14, 0n],
    ['-5.6843418860808015e-14', 0n],
  ])('reads the balance %s as %s minor units', (balance, minor) => {
    expect(readAs(shapes.cards, [{ ...card, balance }])[0]?.balance).toBe(minor);
  });

  it.each([
    ['no list', null],
    ['nothing', undefined],
    ['a text', 'ok'],
    ['a card without balance', [{ ...card, balance: null }]],
    ['a balance in words', [{ ...card, balance: 'much' }]],
    ['a card without type', [{ ...card, type_id: null }]],
    ['a card that is no object', [1]],
    ['one card where a list belongs', card],
  ])('is unreadable, never "no cards": %s', (_title, data) => {
    expect(() => readAs(shapes.cards, data)).toThrow(UnreadableBody);
  });

  it('names the fields that do not fit, never their values', () => {
    expect(() => readAs(shapes.cards, [{ ...card, balance: 'Aia +77010000011' }])).toThrow(
      /^not as expected: 0\.balance$/,
    );
  });

  it('reads an empty list, also as PHP may write it', () => {
    expect(readAs(shapes.cards, [])).toEqual([]);
    expect(readAs(shapes.cards, {})).toEqual([]);
  });
});

describe('the journal', () => {
  const line = { id: 2300, visit_id: 0, status_id: 1, amount: 100.5, type_id: 5, card_id: 9210520, item_record_id: 0 };

  it.each([2, 4, 5])('type %d adds, whatever sign Altegio writes', (type_id) => {
    for (const amount of [100.5, -100.5, '100.50']) {
      expect(readAs(shapes.journalPage, [{ ...line, type_id, amount }])[0]?.amount).toBe(10050n);
    }
  });

  it.each([3, 6, 7])('type %d takes away, whatever sign Altegio writes', (type_id) => {
    for (const amount of [100.5, -100.5]) {
      expect(readAs(shapes.journalPage, [{ ...line, type_id, amount }])[0]?.amount).toBe(-10050n);
    }
  });

  it('keeps visit and record, 0 where there is none', () => {
    const [read] = readAs(shapes.journalPage, [{ ...line, visit_id: '5495', item_record_id: 9001 }]);
    expect(read).toEqual({
      id: 2300n,
      cardId: 9210520n,
      typeId: 5,
      amount: 10050n,
      visitId: 5495n,
      recordId: 9001n,
      cancelled: false,
    });
    expect(readAs(shapes.journalPage, [{ ...line, visit_id: null }])[0]).toMatchObject({ visitId: 0n, recordId: 0n });
  });

  it.each([
    ['an empty page', 0, 400, 1000, true],
    ['a full page, whatever is announced', 200, 200, 200, false],
    ['a short page, all announced lines seen', 37, 37, 37, true],
    ['a short page, nothing announced', 37, 37, Number.NaN, true],
    ['a short page, more announced: count is capped', 50, 50, 120, false],
    ['a round page may be a cap', 50, 50, 50, false],
    ['a short page after full ones', 13, 413, 13, true],
  ])('paging: %s', (_title, rows, seen, total, last) => {
    expect(isLast(rows, seen, total)).toBe(last);
  });
});

describe('other objects', () => {
  it('reads a client with [] for what is missing and the phone in any form', () => {
    expect(readAs(shapes.client, { id: '501', name: 'Aia', phone: '77010000011', custom_fields: [] })).toEqual({
      id: 501n,
      name: 'Aia',
      phone: '+77010000011',
    });
    expect(readAs(shapes.client, { id: 501 })).toEqual({ id: 501n, name: '', phone: null });
    expect(readAs(shapes.client, { id: 501, name: '', display_name: 'Aia', phone: [] })).toEqual({
      id: 501n,
      name: 'Aia',
      phone: null,
    });
  });

  it('reads a location and its chains with as little as the API may send', () => {
    expect(readAs(shapes.location, { id: '1050', timezone_name: 'Asia/Almaty' })).toMatchObject({
      id: 1050n,
      title: '',
      main_group: null,
      main_group_id: null,
      groups: [],
    });
    expect(readAs(shapes.chains, [{ id: 9206 }])).toEqual([{ id: 9206n, title: '', companies: [] }]);
  });

  it('reads the clients of a chain, none as [] or as an empty list', () => {
    const found = { salon_group_id: 1, clients: [{ id: 501, company_id: '1050', name: 'Aia', email: '' }] };
    expect(readAs(shapes.chainClients, found)).toEqual([{ id: 501n, locationId: 1050n, name: 'Aia' }]);
    expect(readAs(shapes.chainClients, [])).toEqual([]);
    expect(readAs(shapes.chainClients, { clients: [] })).toEqual([]);
    expect(() => readAs(shapes.chainClients, undefined)).toThrow(UnreadableBody);
  });

  it('keeps webhook settings it does not know, and adds our URL beside those of others', () => {
    const current = readAs(shapes.hooks, {
      urls: ['https://other/x', ''],
      active: 0,
      record: 0,
      brand_new: { deep: 1 },
    });
    const merged = shapes.mergeHooks(current, 'https://us/new', { record: 1 }, (url) => url.startsWith('https://us/'));
    expect(merged).toEqual({
      urls: ['https://other/x', 'https://us/new'],
      active: 1,
      record: 1,
      brand_new: { deep: 1 },
    });
    const again = shapes.mergeHooks(merged, 'https://us/newer', {}, (url) => url.startsWith('https://us/'));
    expect(again.urls).toEqual(['https://other/x', 'https://us/newer']);
    expect(shapes.mergeHooks(again, 'https://us/newer', {})).toEqual(again);
  });

  it.each([[[]], [{ 0: 'https://a/' }], ['https://a/'], [null]])('reads hook urls written as %j', (urls) => {
    expect(readAs(shapes.hooks, { urls }).urls).toEqual(Array.isArray(urls) || urls === null ? [] : ['https://a/']);
  });
});

describe("Altegio's complaints", () => {
  it('gives the sentence and the fields of an error body of any shape', () => {
    const raw = '{"success":false,"data":null,"meta":{"message":"Validation failed","errors":{"phone":["x"]}}}';
    expect(readComplaint(raw)).toEqual({ sentence: 'Validation failed', fields: ['phone'] });
    expect(readComplaint('{"message":"bare","errors":[]}')).toEqual({ sentence: 'bare', fields: [] });
    expect(readComplaint('<html>')).toEqual({ sentence: '', fields: [] });
    expect(readComplaint('null')).toEqual({ sentence: '', fields: [] });
  });

  it('blots phones, mails and tokens, and keeps ids of locations', () => {
    expect(
      blot('client +7 (701) 000-00-11 or 77010000011 (a@b.kz)\n in location id 1050, token u-abc123def456ghi789'),
    ).toBe('client … or … … in location id 1050, token …');
  });
});

describe('shares of the lanes', () => {
  const share = (perSecond: number, perMinute: number, perSecondUnearned: number, perMinuteUnearned: number) => ({
    perSecond,
    perMinute,
    perSecondUnearned,
    perMinuteUnearned,
  });

  it('gives tills everything, and never nobody nothing', () => {
    expect(allowance('till', 5, 200)).toEqual(share(5, 200, 5, 200));
    expect(allowance('write', 5, 200)).toEqual(share(5, 200, 4, 185));
    expect(allowance('sweep', 5, 200)).toEqual(share(3, 160, 3, 160));
    expect(allowance('sweep', 1, 1)).toEqual(share(1, 1, 1, 1));
  });
});
