/*
 * Redeeming without network, as small as it can be: one right, two terminals that may lease it,
 * a counter on line, messages and acknowledgements that get lost, hours that pass, phones that are
 * set back to an old backup, and a terminal that is revoked. `spin` looks at every order of it.
 *
 * The rule is that of redemption/leases/rules.py and redemption/journal/{chain_rules,rules}.py.
 * What must hold is asserted in `sound` after every step, and `settled` where nothing is left to do:
 *   1. never more is given than was granted, leased or not;
 *   2. a line on a lease that still stands is accepted;
 *   3. what was acknowledged keeps its outcome for ever;
 *   4. every line that was written and not wiped from its phone ends as accepted, as a conflict or
 *      quarantined.
 * A mutant is asked for by a macro (see test_the_model.py): each must break one of them.
 */

#ifndef GRANTED
#define GRANTED 1
#endif
#ifndef LEASES
#define LEASES 2
#endif
#define TERMINALS 2
#define LINES 2
#define NOBODY 9

mtype = { none, leased, unleased, accepted, conflict, quarantined };

/* The server. */
byte remaining = GRANTED;
byte given = 0;             /* by accepted lines and at the counter */
byte lease_of = NOBODY;     /* whom the row of the right names */
bool stands = false;        /* whether the lease's hour has not come yet */
byte leases_left = LEASES;
bool revoked = false;       /* terminal 1 only */

typedef Journal {
    byte head;                  /* lines taken by the server */
    byte mark[LINES];           /* what the hash of each taken line shows: see own_mark */
    mtype outcome[LINES];
    bool aside;                 /* put aside whole, from the line after the head on */
    /* The phone's own. */
    byte length;
    mtype kind[LINES];
    byte own_mark[LINES];       /* a line that is written anew after a set-back is another */
    bool acknowledged[LINES];
    mtype told[LINES];          /* the outcome that was acknowledged */
    byte backup;                /* length of the copy that was made of the phone */
    bool wiped;                 /* it was set back once */
    bool holds;                 /* the app shows a lease; it stops acting at the lease's hour */
    bool was_seen_aside;        /* the phone was told that its journal is put aside */
};
Journal journal[TERMINALS];

inline sound() {
    assert(given <= GRANTED);
    assert(remaining + given == GRANTED);
    byte t_; byte n_;
    for (t_ : 0 .. TERMINALS - 1) {
        for (n_ : 0 .. LINES - 1) {
            /* What was acknowledged stays what it was. */
            assert(!journal[t_].acknowledged[n_] || n_ >= journal[t_].head ||
                   journal[t_].outcome[n_] == journal[t_].told[n_]);
            /* A line that was taken is accepted or a conflict, never nothing. */
            assert(n_ >= journal[t_].head || journal[t_].outcome[n_] != none);
        }
    }
    t_ = 0; n_ = 0
}

#define ON_LEASE(t, n) (journal[t].kind[n] == leased && lease_of == t && stands)
#ifdef MUTANT_LEASE_IGNORED
#define IS_FREE_FOR(t) true
#else
#define IS_FREE_FOR(t) (lease_of == NOBODY || lease_of == t || !stands)
#endif

/* The server judges the phone's line `n` of terminal `t` (chain_rules.take_segment, rules.judge). */
inline judge(t, n) {
    if
    :: ON_LEASE(t, n) ->
        /* 2. Enough must be left for it: that is what setting aside is for. */
        assert(remaining > 0);
        journal[t].outcome[n] = accepted; remaining--; given++
    :: !ON_LEASE(t, n) && remaining > 0 && IS_FREE_FOR(t) ->
        journal[t].outcome[n] = accepted; remaining--; given++
#ifdef MUTANT_OVERDRAWN
    :: !ON_LEASE(t, n) && remaining == 0 ->
        journal[t].outcome[n] = accepted; given++
#else
    :: else -> journal[t].outcome[n] = conflict
#endif
    fi
}

inline take(t) {
    /* What the phone has beyond the server's head; a repeat of what is known changes nothing. */
    byte i; bool same = true;
    for (i : 0 .. LINES - 1) {
        if
        :: i < journal[t].head && i < journal[t].length &&
           journal[t].mark[i] != journal[t].own_mark[i] -> same = false
        :: else
        fi
    }
    if
    :: (!same || (t == 1 && revoked && journal[t].length > journal[t].head)) ->
        journal[t].aside = true
    :: else ->
        if
        :: journal[t].aside
        :: else ->
            for (i : 0 .. LINES - 1) {
                if
                :: i >= journal[t].head && i < journal[t].length ->
                    journal[t].mark[i] = journal[t].own_mark[i];
                    judge(t, i)
#ifdef MUTANT_JUDGED_TWICE
                :: i < journal[t].head && i < journal[t].length -> judge(t, i)
#endif
                :: else
                fi
            }
            if
            :: journal[t].length > journal[t].head -> journal[t].head = journal[t].length
            :: else
            fi
        fi
    fi;
    i = 0; same = true
}

inline acknowledge(t) {
    byte j;
    for (j : 0 .. LINES - 1) {
        if
        :: j < journal[t].head && j < journal[t].length &&
           journal[t].mark[j] == journal[t].own_mark[j] ->
            journal[t].acknowledged[j] = true; journal[t].told[j] = journal[t].outcome[j]
        :: else
        fi
    }
    if :: journal[t].aside -> journal[t].was_seen_aside = true :: else fi;
    j = 0
}

inline write(t, what) {
    journal[t].kind[journal[t].length] = what;
    journal[t].own_mark[journal[t].length] = 1 + journal[t].wiped;
    journal[t].acknowledged[journal[t].length] = false;
    journal[t].length++
}

#define ALL_SENT(t) (journal[t].was_seen_aside || journal[t].length <= journal[t].head)

#ifdef MUTANT_LEASE_BEFORE_SENDING
#define SENT_BEFORE_A_LEASE(t) true
#else
#define SENT_BEFORE_A_LEASE(t) ALL_SENT(t)
#endif

active [TERMINALS] proctype terminal() {
    byte me = _pid;
    bool backed_up = false;
    end_terminal:
    do
    /* On line: take a lease where nobody's stands, and only with everything sent: what is written
       and not sent may have used the very right that would be set aside. */
    :: d_step { leases_left > 0 && remaining > 0 && (lease_of == NOBODY || !stands) &&
                SENT_BEFORE_A_LEASE(me) && !journal[me].was_seen_aside ->
                lease_of = me; stands = true; leases_left--; journal[me].holds = true;
                journal[1 - me].holds = false; sound() }
    /* Give it back: only with everything sent. */
    :: d_step { lease_of == me && stands && journal[me].holds && ALL_SENT(me) ->
                lease_of = NOBODY; stands = false; journal[me].holds = false; sound() }
    /* Act off line on the lease; the app lets a right be used up once. */
    :: d_step { journal[me].holds && stands && journal[me].length < LINES &&
                !(journal[me].length > 0 &&
                     journal[me].kind[journal[me].length - 1] == leased) ->
                write(me, leased); sound() }
    /* Act off line without one, as a policy may allow. */
    :: d_step { journal[me].length < LINES && !(journal[me].holds && stands) ->
                write(me, unleased); sound() }
    /* Send; the message gets lost, the answer gets lost, or both arrive. */
    :: d_step { !ALL_SENT(me) -> take(me); sound(); acknowledge(me); sound() }
    :: d_step { !ALL_SENT(me) -> take(me); sound() }
    /* Somebody copies the phone of terminal 0, and later sets it back. */
    :: d_step { me == 0 && !backed_up -> journal[me].backup = journal[me].length; backed_up = true; sound() }
    :: d_step { backed_up && !journal[me].wiped && journal[me].length > journal[me].backup ->
                journal[me].length = journal[me].backup; journal[me].wiped = true; sound() }
    /* Nothing more to do: everything that the phone still has, has ended somehow. */
    :: d_step { ALL_SENT(me) -> sound() } ; break
    od;
    settled: assert(ALL_SENT(me))
}

active proctype counter() {
    end_counter:
    do
    :: d_step { remaining > 0 && (lease_of == NOBODY || !stands) -> remaining--; given++; sound() }
    :: break
    od
}

active proctype time() {
    end_time:
    do
    :: d_step { stands -> stands = false; sound() }
    :: break
    od
}

active proctype province() {
    end_province:
    if
    :: d_step { revoked = true; sound() }
    :: skip
    fi
}
