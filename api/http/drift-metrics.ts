/** Drift times as Prometheus histograms, counted from the ledger's rows at each scrape: no process counts on its own. */
import type { Gauge, Histogram, Registry } from 'prom-client';
import type { driftTimes, DriftTimes } from '../../activities/ledger/drifts-view.ts';

/** Upper bounds of the buckets in seconds: a read at the till, a minute of the journal, a catch-up, a sweep. */
export const DRIFT_BOUNDS = [1, 5, 15, 30, 60, 90, 300, 600, 3_600, 21_600, 86_400, 172_800] as const;

/** What {@link driftTimes} answers. */
export type DriftNumbers = Awaited<ReturnType<typeof driftTimes>>;

interface Row {
  readonly metricName: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

function rowsOf(name: string, { way, counts, count, sum }: DriftTimes): Row[] {
  const buckets = DRIFT_BOUNDS.map((le, index) => ({ labels: { way, le }, value: counts[index] ?? 0 }));
  const bucket = `${name}_bucket`;
  return [
    ...buckets.map((row) => ({ metricName: bucket, ...row })),
    { metricName: bucket, labels: { way, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: { way }, value: sum },
    { metricName: `${name}_count`, labels: { way }, value: count },
  ];
}

/** Registers both histograms and the gauge by cause; returns how they are told the numbers of a scrape. */
export function registerDriftMetrics(
  registry: Registry,
  causes: Gauge<'way' | 'cause'>,
): (numbers: DriftNumbers | null) => void {
  let numbers: DriftNumbers | null = null;
  const register = (name: string, help: string, times: (found: DriftNumbers) => readonly DriftTimes[]): void => {
    const get = () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'first',
      values: numbers === null ? [] : times(numbers).flatMap((row) => rowsOf(name, row)),
    });
    // The library's own histogram can only observe; its registry asks a metric for no more than `get`.
    registry.registerMetric({ name, get, reset: () => undefined } as unknown as Histogram);
  };
  register(
    'drift_detect_seconds',
    'From the last proof that a change of others was not there until it was found (an upper bound), by way.',
    ({ detect }) => detect,
  );
  register(
    'drift_equal_seconds',
    'From the moment a change of others was found until both books were equal, by way.',
    ({ equal }) => equal,
  );
  return (found) => {
    numbers = found;
    causes.reset();
    for (const { way, cause, count } of found?.causes ?? []) causes.set({ way, cause }, count);
  };
}
