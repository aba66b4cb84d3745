# Two hosts that see each other over a cable and share no runs folder. In namespaces of their own, so nothing is left behind:
#   FOLDER=… PYTHON=… unshare -Urnmpf --kill-child bash two_hosts.sh ARGUMENTS OF nn_core
set -e
mount -t tmpfs none /run
mkdir -p /run/netns "$FOLDER/first" "$FOLDER/second"
for host in first second; do
  ip netns add $host
  ip -n $host link set lo up
done
ip link add cable1 netns first type veth peer name cable2 netns second
ip -n first addr add 10.77.0.1/24 dev cable1
ip -n second addr add 10.77.0.2/24 dev cable2
ip -n first link set cable1 up
ip -n second link set cable2 up
launch="$PYTHON -m torch.distributed.run --nnodes=2 --nproc-per-node=1 --master-addr=10.77.0.1 --master-port=29511"
NN_LAB_RUNS="$FOLDER/first" GLOO_SOCKET_IFNAME=cable1 nsenter --net=/run/netns/first $launch --node-rank=0 -m nn_core "$@" &
first=$!
NN_LAB_RUNS="$FOLDER/second" GLOO_SOCKET_IFNAME=cable2 nsenter --net=/run/netns/second unshare -m \
  bash -c 'mount -t tmpfs none "$FOLDER/first"; exec "$@"' hidden $launch --node-rank=1 -m nn_core "$@" &
second=$!
wait $first
wait $second
