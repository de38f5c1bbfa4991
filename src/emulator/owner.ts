/** The account that owns the buckets, the keys and the role. */
export const OWNER = '1234567890123456';
