/*
 * siphash.c - SipHash-2-4, as its paper describes it (section 2).
 */
#include "base/siphash.h"

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(uint64_t v[4], int count)
{
	while (count-- > 0) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

/* Up to eight bytes, the first one lowest. */
static uint64_t little_endian(struct str s)
{
	uint64_t word = 0;
	for (size_t i = 0; i < 8 && i < s.len; i++)
		word |= (uint64_t)(unsigned char)s.at[i] << (8 * i);
	return word;
}

uint64_t siphash(const struct siphash_key *key, struct str s)
{
	uint64_t v[4] = { key->k[0] ^ UINT64_C(0x736f6d6570736575),
			  key->k[1] ^ UINT64_C(0x646f72616e646f6d),
			  key->k[0] ^ UINT64_C(0x6c7967656e657261),
			  key->k[1] ^ UINT64_C(0x7465646279746573) };
	uint64_t length = (uint64_t)s.len << 56;
	for (; s.len >= 8; s = str_skip(s, 8)) {
		uint64_t word = little_endian(s);
		v[3] ^= word;
		rounds(v, 2);
		v[0] ^= word;
	}
	uint64_t word = little_endian(s) | length;
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
