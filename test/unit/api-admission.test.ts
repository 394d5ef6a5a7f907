import { describe, expect, it } from 'vitest';
import { createAdmission } from '../../api/pos/admission.ts';

const SOON = () => performance.now() + 5_000;

describe('admission of payments', () => {
  it('lets in as many as there are places, and the next one when a place is given back, in order', async () => {
    const admission = createAdmission(2);
    const order: number[] = [];
    const first = await admission.enter(SOON());
    await admission.enter(SOON());
    const third = admission.enter(SOON()).then((leave) => {
      order.push(3);
      return leave;
    });
    const fourth = admission.enter(SOON()).then(() => order.push(4));
    first?.();
    const leave = await third;
    leave?.();
    await fourth;
    expect(order).toEqual([3, 4]);
  });

  it('turns away who finds no place in time, and does not lose the place to them', async () => {
    const admission = createAdmission(1);
    const leave = await admission.enter(SOON());
    expect(await admission.enter(performance.now())).toBeNull();
    leave?.();
    expect(await admission.enter(SOON())).not.toBeNull();
  });

  it('takes a place back once, however often it is given back', async () => {
    const admission = createAdmission(1);
    const leave = await admission.enter(SOON());
    leave?.();
    leave?.();
    await admission.enter(SOON());
    expect(await admission.enter(performance.now())).toBeNull();
  });
});
