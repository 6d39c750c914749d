#!/bin/sh
# A walk through the example shop: from downloaded files to settled claims.
#
# Usage: sh tour.sh DIR     copies the shop to DIR and works there; "make demo" calls it
set -eu

shop=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: sh tour.sh DIR}

if [ -e "$dir" ] && [ ! -f "$dir/tour.sh" ]; then
    echo "$dir is not from an earlier tour; name a folder that may be replaced" >&2
    exit 2
fi
rm -rf "$dir"
mkdir -p "$dir"
cp -R "$shop/exports" "$shop/documents" "$shop"/*.beancount "$shop/story.py" "$shop/tour.sh" "$dir"
cd "$dir"

answer=$(mktemp)
trap 'rm -f "$answer" "$answer.short"' EXIT

# Who does it; posguard asks for --by where this is not set.
export POSGUARD_BY=bookkeeper
export BEANCOUNT_FILE=main.beancount PYTHONUTF8=1

# Explain: the text comes on stdin.
say() {
    echo
    cat
}

# Print a command the way one would type it.
typed() {
    printf '\n$'
    for word; do
        case $word in
        *[!A-Za-z0-9_./-]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    echo
}

# Run a command and keep its answer. Exit code 1 is an answer too: something needs a person.
run() {
    typed "$@"
    "$@" >"$answer" 2>&1 || [ $? -eq 1 ] || {
        cat "$answer"
        exit 2
    }
}

all() { sed 's/^/  /' "$answer"; }

first() { sed -n "s/^/  /; 1,$1p" "$answer"; }

last() {
    echo "  …"
    tail -n "$1" "$answer" | sed 's/^/  /'
}

# Beancount prints each message with the entry it is about; the messages are enough here.
messages() {
    if [ ! -s "$answer" ]; then
        echo "  (no message: the books are in order)"
        return
    fi
    sed -n 's,^/.*/\([a-z-]*\.beancount:[0-9]*:\),  \1,p' "$answer" >"$answer.short"
    sed -n '1,3p' "$answer.short"
    echo "  … $(wc -l <"$answer.short" | tr -d ' ') messages in all"
}

# The id of the open claim of a kind.
claim() { posguard claims --kind "$1" --format csv | sed -n '2s/,.*//p'; }

say <<E
A tea shop with two card terminals. The till rings up a sale, a terminal approves the card, the acquirer
settles it on the next working day, the bank gets the money the day after. Five weeks of their files lie
in exports/. They all tell the same sales, and some of them tell it wrong.

1. What is this file? Ask before you import it:
E
run posguard identify exports/98765432-20260914-20260920.csv
all

say <<E
2. Import everything. A file is taken whole or not at all; each slip becomes one posting of its batch. Rent,
wages and what was paid in cash are no card business: such lines are counted and left to you:
E
run posguard import exports
first 6
last 3

say <<E
3. Check the books. Where two of them disagree about a slip, the difference is now a claim with an entry of
its own. Each claim that nobody has looked at yet is one message:
E
run bean-check main.beancount
messages

say <<E
4. All claims at a glance. What is positive is owed to the shop, what is negative the shop owes:
E
run posguard claims
all

a1=$(claim A1)
say <<E
5. Look at the first one: a guest was charged 1280.00 for 128.00 worth of tea.
E
run posguard show "$a1"
all

say <<E
6. The till's ticket and the terminal's slip bear it out. Confirm the claim, and say why it happened:
E
run posguard verify "$a1" --cause OP_KEY --note "ticket and slip compared" --date 2026-10-21
all

say <<E
7. Give the money back. It is keyed on the terminal as a refund, so it must show up in the terminal's next
export and on a statement after that. Until then it waits on the till account, guarded like any other slip:
E
run posguard refund "$a1" --via card --date 2026-10-21
all

say <<E
8. Tell the guest. The text is printed to be sent; the books keep that it was sent, and never the number:
E
run posguard notify "$a1" --channel sms --lang en --date 2026-10-21
all

say <<E
9. No money is open, the guest knows, the cause is recorded. The refund itself is in no file yet; who closes the
claim before says how they know of it, and what is done that it does not happen again:
E
run posguard close "$a1" --note "refund slip signed by the guest" --measure "amounts are read back" --date 2026-10-21
all

a4=$(claim A4)
say <<E
10. Of 860.00 the acquirer settled 806.00. It agrees, and adds the rest to its next deposit:
E
run posguard verify "$a4" --cause ACQ_POST --note "the acquirer confirms" --date 2026-10-21
all
run posguard top-up "$a4" --via payout --date 2026-10-21
all

say <<E
11. The other claims are compared with their slips too, and confirmed together:
E
run posguard verify --all --note "compared with slips and statements" --date 2026-10-21
first 3
last 1

say <<E
12. Check the books again. A confirmed claim is work in hand and no fault of the books:
E
run bean-check main.beancount
messages

say <<E
13. Close September: everything in it is explained, so its balances are nailed down. Whatever changes it from now
on is an error:
E
run posguard close-month 2026-09
first 11

say <<E
14. What is left to be done, and with whom:
E
run posguard claims
last 6

say <<E
Everything stands in plain text in $dir:
  main.beancount         the accounts and the contract with the acquirer
  pos-imports.beancount  the imported batches, one posting for each slip
  pos-claims.beancount   what was done about the claims
  documents/             the imported files, each under its account
  story.py               what really happened: every planted mismatch

15. The same in a browser, on the page "POS claims": what needs you today, each claim drawn from the slip to the bank, and
the steps that are allowed now, with the entries they would write:  make fava
E
