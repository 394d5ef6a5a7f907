/** Log-in, locations, chains, rights, webhook settings. */
import type { Hooks } from '../core/model.ts';
import { invalid, Refusal } from '../core/refusal.ts';
import type { Place } from '../core/seed.ts';
import type { World } from '../core/world.ts';
import { clientsByPhone, phoneDigits } from '../salon/clients.ts';
import { created, locationOf, ok, paged, requireChain } from './call.ts';
import type { Answer, Call, Route } from './call.ts';

function logIn(world: World, call: Call): Answer {
  const { login, password } = world.meta;
  if (call.body['login'] !== login || call.body['password'] !== password) {
    throw new Refusal(world.settings.authFailure, 'wrongLogin');
  }
  return created({
    id: 11,
    user_token: world.userToken,
    name: 'Integration',
    phone: '77010000000',
    login,
    email: login,
    avatar: '',
    is_approved: true,
    is_email_confirmed: true,
  });
}

function company(world: World, place: Place): Record<string, unknown> {
  return {
    title: place.title,
    phone: '77010000000',
    country: place.country,
    city: place.city,
    timezone_name: place.timeZone,
    address: '1 Sandbox street',
    coordinate_lat: 43.2,
    coordinate_lon: 76.9,
    phone_confirmation: false,
    currency_short_title: '₸',
    main_group_id: world.chain.id,
  };
}

/** In lists Altegio sends ids and flags as strings. */
function listCompanies(world: World, call: Call): Answer {
  const wanted = call.query.one('id');
  const group = call.query.one('group_id', 'chain_id', 'salon_group_id', 'company_group_id');
  const rows = world.chain.locations
    .filter(({ id }) => wanted === undefined || String(id) === wanted)
    .filter(() => group === undefined || group === String(world.chain.id))
    .map((place) => ({
      id: String(place.id),
      active: '1',
      country_id: '7',
      city_id: '1',
      ...company(world, place),
      ...(call.query.flag('show_groups') ? { groups: [{ id: world.chain.id, title: world.chain.title }] } : {}),
    }));
  return ok(paged(rows, call, { default: 50, max: 200 }), { total_count: rows.length });
}

function oneCompany(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  const { id, title } = world.chain;
  const groups = { main_group: { id, title }, groups: { [id]: { id, title } } };
  return ok({
    id: place.id,
    active: 1,
    country_id: 7,
    city_id: 1,
    ...company(world, place),
    ...(call.query.flag('show_groups') ? groups : {}),
    access: rights(world),
  });
}

function rights(world: World): Record<string, string> {
  const { loyaltyAccess, manualAccess } = world.settings;
  return {
    settings_access: '1',
    clients_access: '1',
    users_access: '1',
    loyalty_access: loyaltyAccess ? '1' : '0',
    loyalty_cards_manual_transactions_access: manualAccess ? '1' : '0',
    chain_services_access: '1',
  };
}

function listGroups(world: World): Answer {
  const { id, title, locations } = world.chain;
  const companies = locations.map((place) => ({ id: place.id, title: place.title }));
  return ok([{ id, title, companies, access: rights(world) }]);
}

function chainClients(world: World, call: Call): Answer {
  requireChain(world, call);
  const phone = phoneDigits(call.query.one('phone'));
  const clients = clientsByPhone(world, phone).map(({ id, locationId, name, fields }) => {
    return { id, company_id: locationId, name, email: fields['email'] ?? '' };
  });
  return ok({ salon_group_id: world.chain.id, phone, clients });
}

// guess: the documentation names the keys, not whether they are flags or booleans here.
function permissions(world: World, call: Call): Answer {
  locationOf(world, call);
  const { loyaltyAccess, manualAccess, webhookAccess } = world.settings;
  return ok({
    loyalty: {
      loyalty_access: loyaltyAccess,
      has_loyalty_cards_manual_transactions_access: manualAccess,
      loyalty_cards_manual_transactions_access: manualAccess,
      loyalty_certificate_and_abonement_manual_transactions_access: false,
    },
    records: { records_access: true, records_finances_pay_from_deposits_access: false },
    clients: { clients_access: true },
    settings: { settings_access: true, webhook_read_access: webhookAccess },
  });
}

function requireWebhookRight(world: World): void {
  if (!world.settings.webhookAccess) throw new Refusal(403, 'denied');
}

/** `self_sending` is accepted by POST and not shown by GET. */
function hooksView({ urls, flags }: Hooks): Record<string, unknown> {
  const { self_sending: _hidden, ...shown } = flags;
  return { urls, ...shown };
}

function readHooks(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  requireWebhookRight(world);
  return ok(hooksView(world.hooks(place.id)));
}

/** Replaces everything, `urls` included: what the body leaves out is off afterwards. */
function replaceHooks(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  requireWebhookRight(world);
  const urls = call.body['urls'] ?? [];
  if (!Array.isArray(urls) || !urls.every((url): url is string => typeof url === 'string' && URL.canParse(url))) {
    throw invalid('urls', 'urls must be a list of addresses');
  }
  const flags = Object.keys(world.hooks(place.id).flags).map((name) => {
    const value = call.body[name];
    return [name, value === 1 || value === true || value === '1' ? 1 : 0] as const;
  });
  const hooks = { urls, flags: Object.fromEntries(flags) };
  world.store.put('hooks', place.id, hooks);
  return created(hooksView(hooks));
}

function validatePhone(_world: World, call: Call): Answer {
  return ok({ is_valid: /^\d{9,15}$/.test(call.params['phone'] ?? '') });
}

export const companyRoutes: readonly Route[] = [
  { method: 'POST', path: '/auth', kind: 'other', user: false, run: logIn },
  { method: 'GET', path: '/companies', kind: 'other', run: listCompanies },
  { method: 'GET', path: '/company/:location_id', kind: 'other', run: oneCompany },
  { method: 'GET', path: '/groups', kind: 'other', run: listGroups },
  { method: 'GET', path: '/group/:chain_id/clients', kind: 'lookup', run: chainClients },
  { method: 'GET', path: '/validation/validate_phone/:phone', kind: 'other', user: false, run: validatePhone },
  { method: 'GET', path: '/user/permissions/:location_id', kind: 'other', run: permissions },
  { method: 'GET', path: '/hooks_settings/:location_id', kind: 'other', run: readHooks },
  { method: 'POST', path: '/hooks_settings/:location_id', kind: 'other', run: replaceHooks },
];
