// All that a node's network holds, as the operator's own tools tell it: ours, and what others put beside it.

/** To be run in the node. What changes by itself (counters, ARP, where a peer is) or is chosen anew (a bridge's hardware address) is left out. */
export const NODE_PICTURE = String.raw`
{
  ip -o link show | sed -E 's/^[0-9]+: //; s/@[^:]*:/:/; s/link\/.*//; s/ state .* mode/ mode/'
  ip -o address show | sed -E 's/^[0-9]+: //; s/\\.*//'
  ip rule; ip -6 rule
  for table in 218 219; do
    ip route show table $table 2>/dev/null | sed "s/^/table $table: /"
    ip -o -6 route show table $table 2>/dev/null | sed "s/^/table $table: /"
  done
  ip nexthop
  ip neighbour show nud permanent; ip -6 neighbour show nud permanent
  bridge fdb show dev damask-vx 2>/dev/null
  for device in $(wg show interfaces); do
    for field in allowed-ips fwmark listen-port persistent-keepalive; do
      wg show $device $field | sed "s/^/$device $field /"
    done
  done
  for key in net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv4.conf.eth0.rp_filter net.ipv4.conf.damask-t1.rp_filter \
    net.ipv4.fib_multipath_hash_policy; do sysctl $key 2>/dev/null; done
} | sort
for table in $(nft list tables | sort | tr ' ' '/'); do nft -s list $(echo $table | tr '/' ' '); done
`
