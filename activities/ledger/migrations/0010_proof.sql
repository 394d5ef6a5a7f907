-- Up Migration

-- Each transfer carries the hash of the one before it in its account, and its own over all of its columns. The account's
-- lock already puts its transfers in line, so a chain for each account makes nobody wait who did not wait before.
alter table transfer add column prev_hash bytea, add column hash bytea;

-- A field as its length in bytes and its text, '-' for null: no two rows have the same text, and nothing has to be escaped.
create function proof_field(p_value text) returns text language sql immutable parallel safe as $$
  select coalesce(octet_length(convert_to(p_value, 'UTF8')) || ':' || p_value, '-')
$$;
create function proof_time(p_at timestamptz) returns text language sql immutable parallel safe as $$
  select (extract(epoch from p_at) * 1000000)::bigint::text
$$;

-- All columns but the hashes; the verifier has the same list in its own language. A new column belongs into both.
create function transfer_text(t transfer) returns text language sql stable as $$
  select 'bonus.transfer.1'
      || proof_field(t.id::text) || proof_field(t.chain_id::text) || proof_field(t.operation) || proof_field(t.seq::text)
      || proof_field(t.account_id) || proof_field(t.debit_account) || proof_field(t.credit_account)
      || proof_field(t.amount::text) || proof_field(t.code) || proof_field(t.lot_id::text)
      || proof_field(t.drift_id::text) || proof_field(t.actor) || proof_field(t.reason)
      || proof_field(proof_time(t.happened_at)) || proof_field(proof_time(t.learned_at))
$$;
create function transfer_hash(p_prev bytea, t transfer) returns bytea language sql stable as $$
  select sha256(p_prev || convert_to(transfer_text(t), 'UTF8'))
$$;

-- The last link of each account's chain: without it nobody would miss the last row when it is deleted.
create table ledger_tip (
  account_id text primary key references account,
  transfer_id bigint not null,
  transfers bigint not null,
  hash bytea not null
) with (fillfactor = 70);

create function chain_transfer() returns trigger language plpgsql as $$
begin
  -- Whoever posts holds this lock already; a row written by hand must take it, or two could follow the same one.
  perform 1 from account where id = new.account_id for no key update;
  select hash into new.prev_hash from ledger_tip where account_id = new.account_id;
  new.prev_hash := coalesce(new.prev_hash, decode(repeat('00', 32), 'hex'));
  new.hash := transfer_hash(new.prev_hash, new);
  insert into ledger_tip as tip (account_id, transfer_id, transfers, hash) values (new.account_id, new.id, 1, new.hash)
    on conflict (account_id) do update
      set transfer_id = excluded.transfer_id, transfers = tip.transfers + 1, hash = excluded.hash;
  return new;
end $$;

-- Rows from before the chain get their place in it. This once, and in this transaction only, the trigger that refuses
-- every change is out of the way: nothing but the two new columns is written.
alter table transfer disable trigger transfer_append_only;
do $$
declare
  row_before text := null;
  prev bytea;
  n bigint;
  t transfer;
begin
  for t in select * from transfer order by account_id, id loop
    if row_before is distinct from t.account_id then
      prev := decode(repeat('00', 32), 'hex');
      n := 0;
    end if;
    row_before := t.account_id;
    n := n + 1;
    update transfer set prev_hash = prev, hash = transfer_hash(prev, t) where id = t.id;
    prev := transfer_hash(prev, t);
    insert into ledger_tip as tip (account_id, transfer_id, transfers, hash) values (t.account_id, t.id, n, prev)
      on conflict (account_id) do update
        set transfer_id = excluded.transfer_id, transfers = excluded.transfers, hash = excluded.hash;
  end loop;
end $$;
alter table transfer enable trigger transfer_append_only;
alter table transfer alter column prev_hash set not null, alter column hash set not null;

create trigger transfer_chained before insert on transfer for each row execute function chain_transfer();
-- Rows come in the order of time: a block range index finds a day and costs an insert nothing.
create index transfer_learned on transfer using brin (learned_at) with (pages_per_range = 16);

-- One root a chain and UTC day, over the last transfer of that day of each account that moved on it, and over the root
-- before: whoever keeps the newest root elsewhere can prove every transfer up to it.
create table ledger_root (
  chain_id bigint not null references chain,
  day date not null,
  accounts bigint not null,
  transfers bigint not null,
  prev_root bytea not null,
  root bytea not null,
  sealed_at timestamptz not null default now(),
  primary key (chain_id, day)
);
create trigger ledger_root_stays before update or delete on ledger_root
  for each row execute function refuse_change();
create trigger ledger_root_no_truncate before truncate on ledger_root
  for each statement execute function refuse_change();

-- Seals the next finished day of a chain and answers it; no row when nothing is left to seal, or somebody else is at it.
-- A day is finished ten minutes after its end: a transaction that began before midnight has ended by then.
create function seal_ledger_day(p_chain bigint, p_now timestamptz default now()) returns setof ledger_root
language plpgsql as $$
declare
  v_day date;
  v_prev ledger_root;
begin
  if not pg_try_advisory_xact_lock(hashtext('ledger_root'), hashtext(p_chain::text)) then
    return;
  end if;
  select * into v_prev from ledger_root where chain_id = p_chain order by day desc limit 1;
  if found then
    v_day := v_prev.day + 1;
  else
    select (min(learned_at) at time zone 'UTC')::date into v_day from transfer where chain_id = p_chain;
  end if;
  if v_day is null or v_day >= ((p_now - interval '10 minutes') at time zone 'UTC')::date then
    return;
  end if;
  return query
    with moved as (
      select t.account_id, max(t.id) as last_id, count(*) as transfers from transfer t
       where t.chain_id = p_chain and t.learned_at >= v_day::timestamp at time zone 'UTC'
         and t.learned_at < (v_day + 1)::timestamp at time zone 'UTC'
       group by t.account_id
    ), leaf as (
      select moved.account_id, moved.transfers,
             proof_field(moved.account_id) || proof_field(moved.last_id::text) || proof_field(moved.transfers::text)
               || proof_field(encode(t.hash, 'hex')) as leaf
        from moved join transfer t on t.id = moved.last_id
    ), day_sum as (
      select count(*) as accounts, coalesce(sum(leaf.transfers), 0)::bigint as transfers,
             coalesce(string_agg(leaf.leaf, '' order by leaf.account_id collate "C"), '') as leaves
        from leaf
    )
    insert into ledger_root (chain_id, day, accounts, transfers, prev_root, root)
    select p_chain, v_day, s.accounts, s.transfers, coalesce(v_prev.root, decode(repeat('00', 32), 'hex')),
           sha256(convert_to(
             'bonus.root.1' || proof_field(p_chain::text) || proof_field(to_char(v_day, 'YYYY-MM-DD'))
               || proof_field(s.accounts::text) || proof_field(s.transfers::text)
               || proof_field(encode(coalesce(v_prev.root, decode(repeat('00', 32), 'hex')), 'hex')) || s.leaves,
             'UTF8'))
      from day_sum s
    returning *;
end $$;

-- What Temporal's history of an operation said, kept when its workflow had closed: proof outlives the retention.
create table operation_history (
  operation text primary key references operation,
  workflow_id text not null,
  run_id text not null,
  -- Gone: Temporal did not know the run any more when it was asked for.
  state text not null check (state in ('kept', 'gone')),
  closed_as text,
  events integer not null default 0,
  first_event_at timestamptz,
  last_event_at timestamptz,
  -- SHA-256 over ids, kinds, times and payloads of all events.
  digest bytea,
  -- Ids and amounts of each step: what was asked, what it answered.
  facts jsonb,
  kept_at timestamptz not null default now(),
  check (state = 'gone' or (digest is not null and facts is not null))
);
create trigger operation_history_stays before update or delete on operation_history
  for each row execute function refuse_change();
-- What the relay looks for every few seconds.
create index operation_finished on operation (finished_at) where state = 'done';
