// What who looks may change: everywhere, nowhere, or in the experiments and models that were granted.
import type { Address } from '../address.js';
import type { Rights } from '../rights.js';
import type { Places, Visitor } from './server.js';

/**
 * Whether anything that an address shows may be changed. Of several experiments one is enough: `rightsOf` tells them apart.
 *
 * @param experiment Of a run: which it belongs to, as soon as that is known.
 */
export function mayWriteAt(who: Visitor, address: Address, experiment?: string): boolean {
  const places = who.writes ?? null;
  if (!who.may_write || places === null) {
    return who.may_write;
  }
  if (address.page === 'registry') {
    return address.model === null || places.models.includes(address.model);
  }
  if (address.page === 'run') {
    return experiment !== undefined && places.experiments.includes(experiment);
  }
  const chosen = address.experiments;
  return chosen.length === 0 ? places.experiments.length > 0 : chosen.some(id => places.experiments.includes(id));
}

/** What tables ask, whose rows are of several experiments. */
export function rightsOf(who: Visitor): Rights {
  const may = (places: Places | null | undefined, id: string): boolean => who.may_write && (places?.experiments.includes(id) ?? true);
  return { writes: id => may(who.writes, id), owns: id => may(who.owns, id) };
}

/** From the least to the greatest; `limited` is who has no role but what was granted. */
const ROLES = ['limited', 'viewer', 'editor', 'admin'];

/**
 * The role that holds for what an address shows, of several experiments the least; where it shows everything, the one everywhere.
 *
 * @param experiment Of a run: which it belongs to, as soon as that is known.
 */
export function roleAt(who: Visitor, address: Address, experiment?: string): string {
  const [kind, places] = placesAt(address, experiment);
  const everywhere = who.role ?? '';
  const roles = places.map(place => {
    const granted = (where: Places | null | undefined): boolean => where?.[kind].includes(place) ?? false;
    return granted(who.owns) ? 'admin' : granted(who.writes) ? 'editor' : granted(who.reads) ? 'viewer' : everywhere;
  });
  return ROLES.find(role => roles.includes(role)) ?? everywhere;
}

function placesAt(address: Address, experiment: string | undefined): [kind: keyof Places, places: string[]] {
  switch (address.page) {
    case 'registry':
      return ['models', address.model === null ? [] : [address.model]];
    case 'run':
      return ['experiments', experiment === undefined ? [] : [experiment]];
    default:
      return ['experiments', address.experiments];
  }
}
