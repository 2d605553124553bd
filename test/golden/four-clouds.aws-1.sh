#!/bin/sh
# Builds by hand what Damask plans for node aws-1. Run it once, as root, on that node.
#   KEY  file with the node's private key
#   NIC  the link that holds its private address 172.31.0.11; found by it unless set
set -eu

: "${KEY:?set KEY to the file that holds the private key of this node}"
NIC=${NIC:-$(ip -o address show to 172.31.0.11/32 | awk '{ print $2; exit }')}
: "${NIC:?no link of this host holds 172.31.0.11; set NIC to the link that holds the private address of this node}"

# settings
sysctl -q -w "net/ipv4/conf/$NIC/rp_filter=2"
sysctl -q -w net/ipv4/fib_multipath_hash_policy=1
sysctl -q -w net/ipv4/ip_forward=1
sysctl -q -w net/ipv6/conf/all/forwarding=1
sysctl -q -w net/ipv6/fib_multipath_hash_policy=1

# guards
ip route add unreachable 10.42.0.0/16 table 219 protocol 218
ip -6 route add unreachable fd42:42::/48 table 219 protocol 218

# rules
ip rule add pref 4990 iif lo ipproto udp dport 8472 lookup main protocol 218
ip rule add pref 5000 not fwmark 0x1000/0x1000 lookup 218 protocol 218
ip rule add pref 5001 lookup main suppress_prefixlength 0 protocol 218
ip rule add pref 5002 lookup 219 protocol 218
ip -6 rule add pref 4990 iif lo ipproto udp dport 8472 lookup main protocol 218
ip -6 rule add pref 5000 not fwmark 0x1000/0x1000 lookup 218 protocol 218
ip -6 rule add pref 5001 lookup main suppress_prefixlength 0 protocol 218
ip -6 rule add pref 5002 lookup 219 protocol 218

# packet filter
nft -f - <<'NFT'
table inet damask {
	set own4 {
		type ipv4_addr
		flags interval
		elements = { 10.42.1.0/24 }
	}

	set known4 {
		type ipv4_addr
		flags interval
		elements = { 10.42.1.0/24, 10.42.2.0/23,
			     10.42.4.0/22 }
	}

	set site4 {
		type ipv4_addr
		flags interval
		elements = { 10.42.1.0/24, 10.42.2.0/23 }
	}

	set hop4 {
		type ipv4_addr
		flags interval
	}

	set inside4 {
		type ipv4_addr
		flags interval
		elements = { 10.42.0.0/15, 127.0.0.0/8,
			     169.254.0.0/16, 224.0.0.0/4,
			     255.255.255.255 }
	}

	set own6 {
		type ipv6_addr
		flags interval
		elements = { fd42:42:0:1::/64 }
	}

	set known6 {
		type ipv6_addr
		flags interval
		elements = { fd42:42:0:1::/64,
			     fd42:42:0:2::/63,
			     fd42:42:0:4::/62 }
	}

	set site6 {
		type ipv6_addr
		flags interval
		elements = { fd42:42:0:1::/64,
			     fd42:42:0:2::/63 }
	}

	set hop6 {
		type ipv6_addr
		flags interval
	}

	set inside6 {
		type ipv6_addr
		flags interval
		elements = { ::1,
			     fd42:42::/48,
			     fe80::/10,
			     ff00::/8 }
	}

	chain transit {
		type filter hook prerouting priority raw; policy accept;
		ip saddr @known4 ip saddr != @own4 ip daddr @known4 ip daddr != @own4 counter notrack comment "transit is stateless"
		ip6 saddr @known6 ip6 saddr != @own6 ip6 daddr @known6 ip6 daddr != @own6 counter notrack comment "transit is stateless"
	}

	chain forward {
		type filter hook forward priority filter; policy accept;
		iifname "damask-vx" oifname "damask-vx" ip saddr @known4 ip saddr != @own4 ip daddr @known4 ip daddr != @site4 meta mark & 0x00004000 != 0x00004000 ct status ! dnat counter drop comment "no bounce"
		tcp flags syn / syn,rst ip daddr @known4 counter tcp option maxseg size set rt mtu comment "into the network"
		tcp flags syn / syn,rst ip saddr @known4 counter tcp option maxseg size set rt mtu comment "out of the network"
		iifname "damask-vx" oifname "damask-vx" ip6 saddr @known6 ip6 saddr != @own6 ip6 daddr @known6 ip6 daddr != @site6 meta mark & 0x00004000 != 0x00004000 ct status ! dnat counter drop comment "no bounce"
		tcp flags syn / syn,rst ip6 daddr @known6 counter tcp option maxseg size set rt mtu comment "into the network"
		tcp flags syn / syn,rst ip6 saddr @known6 counter tcp option maxseg size set rt mtu comment "out of the network"
	}

	chain leak {
		type filter hook postrouting priority 200; policy accept;
		ip daddr @known4 ip daddr != @own4 oifname != "damask*" rt ip nexthop != @hop4 counter drop comment "leak"
		ip6 daddr @known6 ip6 daddr != @own6 oifname != "damask*" rt ip6 nexthop != @hop6 counter drop comment "leak"
	}

	chain nat {
		type nat hook postrouting priority srcnat - 1; policy accept;
		ip daddr @known4 ip daddr != @own4 ip saddr != @known4 counter snat ip to 10.42.1.1 comment "into the network"
		ip daddr @known4 ip daddr != @own4 meta mark & 0x00004000 == 0x00004000 counter snat ip to 10.42.1.1 comment "into the network, for kube-proxy"
		ip daddr @known4 ip daddr != @own4 ip saddr @known4 ip saddr != @own4 ct status dnat counter snat ip to 10.42.1.1 comment "answers come back here"
		ip saddr @own4 ip daddr != @inside4 oifname != "dmk*" fib daddr type != local counter masquerade random,fully-random comment "out of the network"
		ip6 daddr @known6 ip6 daddr != @own6 ip6 saddr != @known6 counter snat ip6 to fd42:42:0:1::1 comment "into the network"
		ip6 daddr @known6 ip6 daddr != @own6 meta mark & 0x00004000 == 0x00004000 counter snat ip6 to fd42:42:0:1::1 comment "into the network, for kube-proxy"
		ip6 daddr @known6 ip6 daddr != @own6 ip6 saddr @known6 ip6 saddr != @own6 ct status dnat counter snat ip6 to fd42:42:0:1::1 comment "answers come back here"
		ip6 saddr @own6 ip6 daddr != @inside6 oifname != "dmk*" fib daddr type != local counter masquerade random,fully-random comment "out of the network"
	}
}
NFT

# links, with their own settings
ip link add damask0 type dummy 2>/dev/null || ip link add damask0 type bridge
ip link set damask0 group 218 mtu 1440 addrgenmode none
ip link set damask0 up
sysctl -q -w net/ipv4/conf/damask0/rp_filter=2
ip link add damask-t1 type wireguard 2>/dev/null || { wireguard-go damask-t1 && wg show damask-t1 >/dev/null; }
ip link set damask-t1 group 218 mtu 1440 addrgenmode none
ip link set damask-t1 up
sysctl -q -w net/ipv4/conf/damask-t1/rp_filter=2
ip link add damask-vx address 02:da:ac:1f:00:0b type vxlan id 218 dstport 8472 local 172.31.0.11 nolearning
ip link set damask-vx group 218 mtu 1450 addrgenmode none
ip link set damask-vx up
sysctl -q -w net/ipv4/conf/damask-vx/rp_filter=2

# addresses
ip address add 10.42.1.1/32 dev damask0 noprefixroute
ip -6 address add fd42:42:0:1::1/128 dev damask0 noprefixroute nodad
ip address add 10.42.1.1/32 dev damask-t1 noprefixroute
ip -6 address add fd42:42:0:1::1/128 dev damask-t1 noprefixroute nodad
ip address add 10.42.1.1/32 dev damask-vx noprefixroute
ip -6 address add fd42:42:0:1::1/128 dev damask-vx noprefixroute nodad

# wireguard
wg set damask-t1 private-key "$KEY" listen-port 51820 fwmark 0x1000
# no key yet: wg set damask-t1 peer ?aliyun-1 endpoint 192.0.2.11:51820 allowed-ips 10.42.6.0/24,fd42:42:0:6::/64
# no key yet: wg set damask-t1 peer ?gcp-1 endpoint 198.51.100.11:51820 allowed-ips 10.42.4.0/23,fd42:42:0:4::/63
# no key yet: wg set damask-t1 peer ?home-1 allowed-ips 10.42.7.0/24,fd42:42:0:7::/64

# neighbours
ip -6 neigh add fe80::ac1f:c lladdr 02:da:ac:1f:00:0c dev damask-vx nud permanent protocol 218
ip -6 neigh add fe80::ac1f:d lladdr 02:da:ac:1f:00:0d dev damask-vx nud permanent protocol 218

# forwarding entries
bridge fdb add 02:da:ac:1f:00:0c dev damask-vx dst 172.31.0.12 self permanent
bridge fdb add 02:da:ac:1f:00:0d dev damask-vx dst 172.31.0.13 self permanent

# next hops
ip -6 nexthop add id 3657433089 dev damask-t1 protocol 218
ip -6 nexthop add id 3667461633 via fe80::ac1f:d dev damask-vx protocol 218
ip -6 nexthop add id 3667462386 via fe80::ac1f:c dev damask-vx protocol 218
ip nexthop add id 3662201285 group 3657433089 protocol 218
ip nexthop add id 3662753901 group 3657433089 protocol 218
ip nexthop add id 3664762105 group 3657433089 protocol 218

# routes
ip route add 10.42.2.0/24 table 218 protocol 218 src 10.42.1.1 nhid 3667462386
ip route add 10.42.3.0/24 table 218 protocol 218 src 10.42.1.1 nhid 3667461633
ip route add 10.42.4.0/23 table 218 protocol 218 src 10.42.1.1 nhid 3662753901
ip route add 10.42.6.0/24 table 218 protocol 218 src 10.42.1.1 nhid 3664762105
ip route add 10.42.7.0/24 table 218 protocol 218 src 10.42.1.1 nhid 3662201285
ip -6 route add fd42:42:0:2::/64 table 218 protocol 218 src fd42:42:0:1::1 nhid 3667462386
ip -6 route add fd42:42:0:3::/64 table 218 protocol 218 src fd42:42:0:1::1 nhid 3667461633
ip -6 route add fd42:42:0:4::/63 table 218 protocol 218 src fd42:42:0:1::1 nhid 3662753901
ip -6 route add fd42:42:0:6::/64 table 218 protocol 218 src fd42:42:0:1::1 nhid 3664762105
ip -6 route add fd42:42:0:7::/64 table 218 protocol 218 src fd42:42:0:1::1 nhid 3662201285
