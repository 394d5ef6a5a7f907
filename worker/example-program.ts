/** The program that a first set-up makes: 5 % on money, at most 30 % of a bill in points, points that live a year. */
export function exampleProgram(name: string, chainId: number | string, cardTypeId: number | string) {
  return {
    chainId,
    cardTypeId,
    name,
    currency: 'KZT',
    accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
    redeem: { maxShare: '0.30', minMoney: '0.00', whenAltegioDown: 'refuse' },
    lots: { lifetimeDays: 365, pendingDays: 0 },
    rounding: 'floor',
    clawback: 'unlimited',
    holdMinutes: 15,
  };
}
