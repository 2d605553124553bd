/** RFC 8200, section 5: every link that carries IPv6 takes packets of this size. Linux takes IPv6 off a narrower one. */
export const IPV6_MINIMUM_MTU = 1280
