import { describe, expect, test } from 'vitest';
import { readEvents } from '../../api/webhooks/events.ts';
import { subjectOf } from '../../api/webhooks/subject.ts';

const read = (body: string) => {
  const [event] = readEvents(body);
  if (!event) throw new Error('no event');
  return event;
};
const received = (event: object) => {
  const { resource, resourceId, status, body } = read(JSON.stringify({ company_id: 1, resource_id: 9, ...event }));
  return { id: 1n, locationId: 1n, chainId: 1n, resource, resourceId, status, body };
};
const subject = (resource: string, data: unknown, status = 'update') => subjectOf(received({ resource, status, data }));

describe('reading events', () => {
  test('the order of fields and the way a number is written do not make another event', () => {
    const one = read(
      '{"company_id":1,"resource":"record","resource_id":2,"status":"update","data":{"a":1.50,"b":"x"}}',
    );
    const two = read('{"data":{"b":"x","a":1.5},"status":"update","resource_id":2,"resource":"record","company_id":1}');
    expect(two.hash).toBe(one.hash);
    const three = read(
      '{"data":{"b":"y","a":1.5},"status":"update","resource_id":2,"resource":"record","company_id":1}',
    );
    expect(three.hash).not.toBe(one.hash);
  });

  test('amounts with binary noise stay different, and long ids keep every digit', () => {
    const of = (id: string, balance: string) =>
      read(
        `{"company_id":1,"resource":"loyalty_card","resource_id":${id},"status":"update","data":{"id":${id},"balance":${balance}}}`,
      );
    const event = of('9007199254740993', '0.66000000000000003');
    expect(event.resourceId).toBe('9007199254740993');
    expect(event.body).toContain('"id":9007199254740993');
    expect(event.body).toContain('"balance":0.66');
    expect(of('9007199254740993', '99.340000000000003').hash).not.toBe(event.hash);
  });

  test('one unreadable element of an array does not cost the others', () => {
    const good = { company_id: '1', resource: 'record', resource_id: '2', status: 'create' };
    expect(readEvents(JSON.stringify([null, good, { resource: 'x' }]))).toHaveLength(1);
    expect(readEvents('[]')).toEqual([]);
    expect(() => readEvents('[null]')).toThrow();
  });
});

describe('whom an event concerns', () => {
  test.each(['+77010600001', '77010600001', 77010600001, '+7 701 060-00-01'])('V-01 a phone written as %s', (phone) => {
    const client = { id: 5, phone };
    for (const found of [subject('client', client), subject('record', { client }), subject('loyalty_card', { phone })])
      expect(found).toMatchObject({ ignored: null, person: { phone: '+77010600001' } });
  });

  test('an appointment’s date does not say when it changed; a payment’s does', () => {
    const client = { id: 5, phone: '+77010600001' };
    const dated = (resource: string, data: object) => subject(resource, { client, ...data });
    expect(dated('record', { date: '2026-04-20' })).toMatchObject({ person: { dated: false } });
    expect(dated('record', { last_change_date: '2026-04-20' })).toMatchObject({ person: { dated: true } });
    expect(dated('finances_operation', { date: '2026-04-20' })).toMatchObject({ person: { dated: true } });
    expect(subject('loyalty_card', { id: 7, phone: '77010600001' })).toMatchObject({ person: { dated: false } });
  });

  test('a deletion makes no account', () => {
    const client = { id: 5, phone: '+77010600001' };
    expect(subject('client', client, 'delete')).toMatchObject({ person: { mayCreate: false } });
    expect(subject('record', { client, deleted: true })).toMatchObject({ person: { mayCreate: false } });
  });

  test.each([
    ['record', { client: [] }],
    ['record', { client: null }],
    ['record', null],
    ['schedule', []],
    ['staff', { id: 1, phone: '+77010600001' }],
    ['finances_operation', { client: 'x' }],
    ['client', { id: 0, phone: 'none' }, 0],
    ['loyalty_card', { id: 'x', phone: [] }, 'x'],
  ])('%s with %j concerns nobody or says what is missing', (resource, data, resourceId: unknown = 9) => {
    const found = subjectOf(received({ resource, status: 'update', data, resource_id: resourceId }));
    expect(found.ignored).toEqual(expect.any(String));
  });
});
