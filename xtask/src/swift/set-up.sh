# set-up.sh DEBIAN FOLDER MIRROR: puts a Debian with Swift into a folder, all of it or nothing. Runs in a mount namespace of its own.
set -e
export DEBIAN_FRONTEND=noninteractive
# One at a time, whichever clone it is for. The lock is let go of when all that was started here has ended, so a run whose parent was
# killed comes to its end, and the next one finds its work.
exec 9>"$2.lock"
flock --nonblock 9 || {
    echo "Swift is being set up by another run: waiting for it"
    flock 9
}
[ ! -e "$2" ] || exit 0
part=$2.part
rm -rf --one-file-system "$part"
command -v debootstrap >/dev/null || {
    apt-get -o DPkg::Lock::Timeout=600 update
    apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends debootstrap
}
debootstrap --variant=minbase "$1" "$part" "$3"
# Without /proc, Swift's compiler does not find its libraries.
mountpoint -q "$part/proc" || mount -t proc proc "$part/proc"
chroot "$part" apt-get update
chroot "$part" apt-get install -y --no-install-recommends swiftlang libc6-dev libstdc++-14-dev ca-certificates
chroot "$part" apt-get clean
umount "$part/proc"
mv "$part" "$2"
