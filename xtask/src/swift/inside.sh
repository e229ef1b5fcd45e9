# inside.sh ROOT FOLDER SEEN... -- COMMAND...: runs a command in a folder, in the Debian at ROOT, with the folders SEEN at the same
# places as outside. Runs in a mount namespace of its own.
set -e
root=$1 folder=$2
shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "${TMPDIR:-/tmp}" "$root/tmp"
unset TMPDIR
while [ "$1" != -- ]; do
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    shift
done
shift
exec chroot "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
