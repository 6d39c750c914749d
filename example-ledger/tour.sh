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
cp -R "$shop/exports" "$shop"/*.beancount "$shop/story.py" "$shop/tour.sh" "$dir"
cd "$dir"
shown=$dir
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT

export BEANCOUNT_FILE=main.beancount POSGUARD_BY=bookkeeper PYTHONUTF8=1

say() { printf '\n%s\n' "$@"; }

# Run a command that must succeed, and show it.
run() {
    printf '\n$ %s\n' "$*"
    "$@" >"$lines" 2>&1 || { status=$?; cat "$lines"; exit "$status"; }
    sed 's/^/  /' "$lines"
}

# Run a command whose answer may be "something needs a person": exit 1.
ask() {
    printf '\n$ %s\n' "$*"
    { "$@" 2>&1 || [ $? -eq 1 ]; } >"$lines"
    sed 's/^/  /' "$lines"
}

# The same, but show only the first lines.
ask_briefly() {
    most=$1
    shift
    printf '\n$ %s\n' "$*"
    { "$@" 2>&1 || [ $? -eq 1 ]; } >"$lines"
    sed -n "s/^/  /; 1,${most}p" "$lines"
    rest=$(($(wc -l <"$lines") - most))
    [ "$rest" -le 0 ] || echo "  … and $rest more lines"
}

# The id of the open claim of a kind.
claim() { posguard claims --kind "$1" --format csv | sed -n '2s/,.*//p'; }

# Beancount prints a message and the entry it is about; the messages are enough here.
check() {
    printf '\n$ bean-check main.beancount\n'
    if bean-check main.beancount >"$lines" 2>&1; then
        echo "  (nothing: the books are in order)"
        return
    fi
    grep -E '^[^ ]+:[0-9]+:' "$lines" | sed 's,^.*/,,' >"$lines.all"
    sed -n '1,3s/^/  /p' "$lines.all"
    echo "  … $(wc -l <"$lines.all" | tr -d ' ') messages in all"
    rm -f "$lines.all"
}

say "A tea shop with two card terminals. It sells at the till, the terminals approve the cards, the" \
    "acquirer settles the next working day, the bank gets the money the day after. Five weeks of their" \
    "files lie in exports/: every one tells the same sales, and some tell them wrong."

say "1. What is a file? Ask before you import:"
run posguard identify exports/98765432-20260914-20260920.csv

say "2. Import them all. Each file is checked as a whole, each row becomes one posting of its batch:"
ask_briefly 6 posguard import exports

say "3. Check the books. What the terminals, the acquirer and the bank do not agree on is now a claim" \
    "with an entry of its own, and each claim that nobody has looked at is one message:"
check

say "4. All claims at a glance. Positive is owed to the shop, negative the shop owes:"
ask posguard claims

a1=$(claim A1)
say "5. Look at one: a customer paid 1280.00 for 128.00 worth of tea."
ask posguard show "$a1"

say "6. The till ticket and the terminal slip say the same as the screen: confirm the claim."
run posguard verify "$a1" --cause OP_KEY --note "ticket and slip compared" --date 2026-10-21

say "7. Give the money back. Keyed on the terminal as a refund, it will be in the terminal's next export" \
    "and on a statement after that; until then it waits on the till account, guarded as any other slip:"
run posguard refund "$a1" --via card --date 2026-10-21

a4=$(claim A4)
say "8. The acquirer settled 806.00 of 860.00. It agrees, and adds the rest to the next deposit:"
run posguard verify "$a4" --cause ACQ_POST --note "acquirer confirms" --date 2026-10-21
run posguard top-up "$a4" --via payout --date 2026-10-21

say "9. The other claims are compared with their slips and confirmed together:"
ask_briefly 3 posguard verify --all --note "compared with slips and statements" --date 2026-10-21

say "10. Check the books again. Confirmed claims are work in hand and no longer a fault of the books:"
check

say "11. What is left, and who owes it:"
ask posguard claims

say "Everything stands in plain text in $shown/:" \
    "  main.beancount         the accounts and the contract with the acquirer" \
    "  pos-imports.beancount  the imported batches, one posting for each slip" \
    "  pos-claims.beancount   what you did with the claims" \
    "  documents/             the files themselves" \
    "Open it in a browser: make fava"
