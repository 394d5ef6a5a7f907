-- Up Migration

-- What every process knows together about one Altegio address: the calls of the last minute, the pause after a 429,
-- and the breaker. All instants are the database's clock. One row an address; its row lock puts the takers in line.
create table altegio_budget (
  address text primary key,
  -- The log of calls: when, and how many calls there had ever been then. Both ascend; the first entry is older than
  -- every window (at the very start it is -infinity), so that the n-th last call can always be looked up.
  sent_at timestamptz[] not null default '{-infinity}',
  sent_count bigint[] not null default '{0}',
  -- Writes that tills' reads have earned: one payment is one read and one write.
  write_credit integer not null default 0,
  -- A till found no slot and waits for the next one; nobody else takes a slot until then.
  till_waits_until timestamptz not null default '-infinity',
  -- After a 429: nothing is sent until then; strikes lengthen the pause.
  blocked_until timestamptz not null default '-infinity',
  throttled_at timestamptz not null default '-infinity',
  strikes integer not null default 0,
  -- The breaker: the last outages, and while it is open when the next probe may go.
  failures timestamptz[] not null default '{}',
  open_since timestamptz,
  probe_at timestamptz
) with (fillfactor = 50);
-- The log is rewritten by every call: keep it in the row.
alter table altegio_budget alter column sent_at set storage main, alter column sent_count set storage main;

-- Scopes Altegio has locked us out of: 'token' (401), 'location:{id}' (402, 403).
create table altegio_parking (
  address text not null,
  scope text not null,
  -- Whether reads are refused too; a 403 on a write says nothing about reads.
  covers text not null check (covers in ('all', 'writes')),
  status integer not null,
  since timestamptz not null default clock_timestamp(),
  probe_at timestamptz not null,
  primary key (address, scope)
);

-- When a window holds fewer than p_limit calls again; in the past if it does now.
create function altegio_free_at(p_sent_at timestamptz[], p_sent_count bigint[], p_limit integer, p_window interval)
returns timestamptz language sql immutable as $$
  -- width_bucket counts the entries up to a value: one further is the p_limit-th last call.
  select p_sent_at[width_bucket(p_sent_count[cardinality(p_sent_count)] - p_limit, p_sent_count) + 1] + p_window
$$;

-- One slot of both windows for one call, or why there is none. Parking, breaker and budget in one round trip.
-- The windows are longer than Altegio's by a guard (1.3 s for 1 s, 60.2 s for 60 s), because a call arrives later than
-- its slot, most of all over a new connection. p_second and p_minute are the lane's allowance when a till's read has
-- earned the call, the other two when none has. p_now is for tests.
create function altegio_take(
  p_address text, p_lane text, p_writes boolean, p_location bigint,
  p_second integer, p_minute integer, p_second_unearned integer, p_minute_unearned integer,
  p_now timestamptz default null,
  out verdict text, out wait_ms integer, out taken_at timestamptz, out probing boolean, out probed text[],
  out scope text, out status integer
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
  last := cardinality(b.sent_at);
  if b.sent_at[last] > v_now then
    -- The clock was set back: what lies in the future counts as sent now.
    b.sent_at := array(select least(t, v_now) from unnest(b.sent_at) with ordinality as u(t, n) order by n);
    update altegio_budget set sent_at = b.sent_at where address = p_address;
  end if;

  for v_parked in
    select * from altegio_parking p
    where p.address = p_address and p.scope in ('token', 'location:' || p_location)
      and (p.covers = 'all' or p_writes)
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

-- Gives an unused slot back, and the probes that it had claimed.
create function altegio_give_back(p_address text, p_taken_at timestamptz, p_probing boolean, p_probed text[])
returns void language plpgsql as $$
declare
  b altegio_budget;
  entry integer;
begin
  perform set_config('synchronous_commit', 'off', true);
  select * into b from altegio_budget where address = p_address for update;
  entry := width_bucket(p_taken_at - interval '1 us', b.sent_at) + 1;
  -- The first entry stands for everything before the windows; a later one than the last is gone.
  if entry > 1 and entry <= cardinality(b.sent_count) then
    b.sent_count := array(
      select case when n < entry then c else c - 1 end from unnest(b.sent_count) with ordinality as u(c, n) order by n);
  end if;
  update altegio_budget set
    sent_count = b.sent_count,
    probe_at = case when p_probing then clock_timestamp() else probe_at end
  where address = p_address;
  update altegio_parking set probe_at = clock_timestamp() where address = p_address and scope = any (p_probed);
end $$;
