-- Up Migration

-- Writing to Altegio can be switched off for a chain: no write of ours starts while it is, everything else goes on.
alter table chain
  add column writing_off_since timestamptz,
  add column writing_off_reason text,
  add constraint chain_writing_reason check ((writing_off_since is null) = (writing_off_reason is null));

-- However many operations wait for a write in doubt, one at a time reads what decides it; a lease, because it may die.
alter table altegio_write add column resolving_until timestamptz;

-- The user token an operator has set, which overrides the variable. Encrypted with SECRETS_KEY (AES-256-GCM, the address
-- as additional data); key_id tells under which key, so that a changed key is told from a damaged row.
create table altegio_token (
  address text primary key,
  -- Grows with each token, so that a process knows from its next slot that it has an old one.
  version bigint not null default 1,
  key_id text not null,
  nonce bytea not null,
  sealed bytea not null,
  set_at timestamptz not null default now()
);

-- Parks a scope; whether it was not parked before is the moment to tell a person. A 401 to a token that has been replaced
-- meanwhile parks nothing. The lock puts this and the storing of a token in line, and each statement
-- after it sees what was committed before.
create function altegio_park(
  p_address text, p_scope text, p_status integer, p_covers text, p_token_version bigint,
  out fresh boolean, out replaced boolean
) language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('altegio_token'), hashtext(p_address));
  fresh := false;
  replaced := p_scope = 'token' and p_token_version is not null
    and p_token_version <> coalesce((select version from altegio_token where address = p_address), 0);
  if replaced then return; end if;
  insert into altegio_parking as p (address, scope, status, covers, probe_at)
  values (p_address, p_scope, p_status, p_covers, clock_timestamp() + interval '60 s')
  on conflict (address, scope) do update set
    status = excluded.status,
    covers = case when p.covers = 'all' then 'all' else excluded.covers end,
    probe_at = greatest(p.probe_at, excluded.probe_at)
  returning xmax = 0 into fresh;
end $$;

drop function altegio_take(text, text, boolean, bigint, integer, integer, integer, integer, timestamptz);

-- One slot of both windows for one call, or why there is none. Parking, breaker and budget in one round trip.
-- The windows are longer than Altegio's by a guard (1.3 s for 1 s, 60.2 s for 60 s), because a call arrives later than
-- its slot, most of all over a new connection. p_second and p_minute are the lane's allowance when a till's read has
-- earned the call, the other two when none has. p_now is for tests. p_as_token: the call tries out a token that is not
-- the stored one, so what is parked says nothing about it. token_version tells whether the caller knows the newest token.
create function altegio_take(
  p_address text, p_lane text, p_writes boolean, p_location bigint,
  p_second integer, p_minute integer, p_second_unearned integer, p_minute_unearned integer,
  p_now timestamptz default null, p_as_token boolean default false,
  out verdict text, out wait_ms integer, out taken_at timestamptz, out probing boolean, out probed text[],
  out scope text, out status integer, out token_version bigint
) language plpgsql as $$
declare
  b altegio_budget;
  last integer;
  first integer;
  v_now timestamptz;
  v_free timestamptz;
  v_earned boolean;
  v_parked altegio_parking;
begin
  -- A slot lost in a crash of the database costs at most a 429; no payment waits for the disk because of it.
  perform set_config('synchronous_commit', 'off', true);
  select * into b from altegio_budget where address = p_address for update;
  if not found then
    insert into altegio_budget (address) values (p_address) on conflict do nothing;
    select * into b from altegio_budget where address = p_address for update;
  end if;
  -- Only now: the lock may have been waited for.
  v_now := coalesce(p_now, clock_timestamp());
  token_version := coalesce((select version from altegio_token where address = p_address), 0);
  last := cardinality(b.sent_at);
  if b.sent_at[last] > v_now then
    -- The clock was set back: what lies in the future counts as sent now.
    b.sent_at := array(select least(t, v_now) from unnest(b.sent_at) with ordinality as u(t, n) order by n);
    update altegio_budget set sent_at = b.sent_at where address = p_address;
  end if;

  for v_parked in
    select * from altegio_parking p
    where p.address = p_address and p.scope in ('token', 'location:' || p_location)
      and (p.covers = 'all' or p_writes) and not p_as_token
    order by least(p.probe_at, v_now + interval '60 s') desc
  loop
    if least(v_parked.probe_at, v_now + interval '60 s') > v_now then
      verdict := 'parked'; scope := v_parked.scope; status := v_parked.status;
      wait_ms := ceil(extract(epoch from least(v_parked.probe_at, v_now + interval '60 s') - v_now) * 1000);
      return;
    end if;
    probed := probed || v_parked.scope;
  end loop;

  probing := b.open_since is not null;
  if probing and least(b.probe_at, v_now + interval '5 s') > v_now then
    verdict := 'open';
    wait_ms := ceil(extract(epoch from least(b.probe_at, v_now + interval '5 s') - v_now) * 1000);
    return;
  end if;

  v_earned := p_lane = 'till' or (p_lane = 'write' and b.write_credit > 0);
  v_free := greatest(
    altegio_free_at(
      b.sent_at, b.sent_count, case when v_earned then p_second else p_second_unearned end, interval '1.3 s'),
    altegio_free_at(
      b.sent_at, b.sent_count, case when v_earned then p_minute else p_minute_unearned end, interval '60.2 s'),
    least(b.blocked_until, v_now + interval '60 s'));
  if p_lane <> 'till' and b.till_waits_until > v_now then
    v_free := greatest(v_free, least(b.till_waits_until, v_now + interval '5 s'));
  end if;
  if v_free > v_now then
    verdict := 'wait';
    wait_ms := ceil(extract(epoch from v_free - v_now) * 1000);
    if p_lane = 'till' then
      -- Kept for it a little longer than it needs to come back.
      update altegio_budget set till_waits_until = greatest(till_waits_until, v_free + interval '100 ms')
      where address = p_address;
    end if;
    return;
  end if;

  first := greatest(1, width_bucket(v_now - interval '61 s', b.sent_at));
  if p_minute > 600 and last > first
     and floor(extract(epoch from b.sent_at[last]) * 10) = floor(extract(epoch from v_now) * 10) then
    -- A large budget: calls of the same tenth of a second share an entry and count until the latest one's time.
    b.sent_at[last] := v_now;
    b.sent_count[last] := b.sent_count[last] + 1;
  else
    b.sent_count := b.sent_count || (b.sent_count[last] + 1);
    b.sent_at := b.sent_at || v_now;
  end if;
  update altegio_budget set
    sent_at = b.sent_at[first:],
    sent_count = b.sent_count[first:],
    write_credit = case p_lane
      when 'till' then least(write_credit + 1, greatest(p_minute / 10, 1))
      when 'write' then greatest(write_credit - 1, 0)
      else write_credit end,
    probe_at = case when probing then v_now + interval '5 s' else probe_at end
  where address = p_address;
  if probed is not null then
    update altegio_parking p set probe_at = v_now + interval '60 s'
    where p.address = p_address and p.scope = any (probed);
  end if;
  verdict := 'go'; wait_ms := 0; taken_at := v_now;
end $$;
