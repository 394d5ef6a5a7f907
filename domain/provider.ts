/** Who keeps a location's second book, and what moves along when that changes. */

/** `altegio`; `own`: the ledger is the only book; `none`: no points here. */
export type Provider = 'altegio' | 'own' | 'none';

/** A location as far as a switch is concerned. */
export interface PlacedLocation {
  readonly id: bigint;
  readonly provider: Provider;
  readonly inAltegio: boolean;
}

/** A program as far as a switch is concerned. */
export interface PlacedProgram {
  readonly id: string;
  readonly name: string;
  readonly provider: 'altegio' | 'own';
  /** Has a card type, so that Altegio can keep its second book. */
  readonly linked: boolean;
  /** Where it is valid; null: everywhere. */
  readonly locations: readonly bigint[] | null;
}

/** Why a switch is not made. */
export type SwitchRefusal =
  /** Altegio does not know these locations. */
  | { readonly why: 'notInAltegio'; readonly locationIds: readonly bigint[] }
  /** These programs have no card type to keep their points in. */
  | { readonly why: 'notLinked'; readonly programs: readonly string[] }
  /** These locations share the program and would have to be switched together. */
  | { readonly why: 'shared'; readonly locationIds: readonly bigint[] };

/** What a switch changes. */
export interface SwitchPlan {
  readonly locationIds: readonly bigint[];
  readonly programIds: readonly string[];
}

const isValidAt = ({ locations }: PlacedProgram, id: bigint): boolean => locations === null || locations.includes(id);

/**
 * Plans a switch. A location that has a program of the new provider already uses that one. Otherwise its programs move
 * along, so that customers keep their points, and with them every other location where these are valid.
 */
export function planSwitch(
  locations: readonly PlacedLocation[],
  programs: readonly PlacedProgram[],
  locationId: bigint,
  { provider, together }: { readonly provider: Provider; readonly together: boolean },
): SwitchPlan | { readonly refusal: SwitchRefusal } {
  if (provider === 'none') return { locationIds: [locationId], programIds: [] };
  const served = (id: bigint) => programs.some((program) => program.provider === provider && isValidAt(program, id));
  const moving = new Set<PlacedProgram>();
  const switched = new Set([locationId]);
  // A set grows while it is walked: each location brings its programs, each program its other locations.
  for (const place of switched) {
    if (served(place)) continue;
    for (const program of programs.filter((one) => isValidAt(one, place))) {
      moving.add(program);
      for (const other of locations)
        if (other.provider === program.provider && isValidAt(program, other.id)) switched.add(other.id);
    }
  }
  const refusal = refusalOf(locations, [...moving], [...switched], { locationId, provider, together });
  return refusal ? { refusal } : { locationIds: [...switched], programIds: [...moving].map(({ id }) => id) };
}

function refusalOf(
  locations: readonly PlacedLocation[],
  moving: readonly PlacedProgram[],
  switched: readonly bigint[],
  { locationId, provider, together }: { locationId: bigint; provider: Provider; together: boolean },
): SwitchRefusal | null {
  const strangers = locations.filter(({ id, inAltegio }) => switched.includes(id) && !inAltegio).map(({ id }) => id);
  if (provider === 'altegio' && strangers.length > 0) return { why: 'notInAltegio', locationIds: strangers };
  const unlinked = moving.filter(({ linked }) => !linked).map(({ name }) => name);
  if (provider === 'altegio' && unlinked.length > 0) return { why: 'notLinked', programs: unlinked };
  const others = switched.filter((id) => id !== locationId);
  return others.length > 0 && !together ? { why: 'shared', locationIds: others } : null;
}
