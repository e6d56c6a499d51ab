/**
 * STEER: a host steered to a service (private-use type 65280; RFC 6895 §3.1). In zone data only: never sent, never queryable.
 *
 *     +--+---------+--+------------+--+------------+--+--------+
 *     |n | service |n | ipv4 group |n | ipv6 group |n | policy |     four <character-string>s (RFC 1035 §3.3)
 *     +--+---------+--+------------+--+------------+--+--------+
 *
 * Text: `www 60 IN STEER web anycast [policy]`; two groups are written `europe/zurich` (IPv4 first). An empty policy means `default`.
 * Value: `{ service: web, group: anycast | {ipv4: europe, ipv6: zurich}, policy: default }`.
 */
