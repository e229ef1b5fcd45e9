# set-up.sh DEBIAN FOLDER MIRROR: puts a Debian with Swift into a folder. Runs in a mount namespace of its own.
set -e
debootstrap --variant=minbase "$1" "$2" "$3"
# Without /proc, Swift's compiler does not find its libraries.
mount -t proc proc "$2/proc"
chroot "$2" apt-get update
chroot "$2" apt-get install -y --no-install-recommends swiftlang libc6-dev libstdc++-14-dev ca-certificates
chroot "$2" apt-get clean
