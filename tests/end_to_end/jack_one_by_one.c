/* Requests to JACK one after the other: preloaded into Ardour by tests/end_to_end/ardour_world.py.
 *
 * Ardour 7.3 talks to the server from two threads while it loads a session, and libjack (jackd2
 * 1.9.21) writes a request in several pieces without a lock: on a busy machine they get mixed,
 * and the server drops the client ("Unknown request"). Ardour finds JACK's functions by dlsym(),
 * so that is what is put in front of.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

typedef void *(*Find)(void *, const char *);
typedef long (*Request)(long, long, long, long, long); /* each argument fits a register */

static pthread_mutex_t one = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* A callback inside a request may wait for another thread's request: never for ever. */
static int enter(void)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	return !pthread_mutex_timedlock(&one, &until);
}

#define EACH(DO) \
	DO(jack_activate) DO(jack_deactivate) DO(jack_port_register) DO(jack_port_unregister) \
	DO(jack_connect) DO(jack_disconnect) DO(jack_port_disconnect) DO(jack_port_rename) \
	DO(jack_port_set_name) DO(jack_recompute_total_latencies) DO(jack_recompute_total_latency) \
	DO(jack_set_buffer_size) DO(jack_set_freewheel) DO(jack_set_timebase_callback) \
	DO(jack_release_timebase) DO(jack_set_property) DO(jack_remove_property) \
	DO(jack_remove_properties) DO(jack_get_uuid_for_client_name) DO(jack_get_client_name_by_uuid)

#define IN_TURN(name) \
	static Request real_##name; \
	static long turn_##name(long a, long b, long c, long d, long e) \
	{ \
		int mine = enter(); \
		long answer = real_##name(a, b, c, d, e); \
		if (mine) \
			pthread_mutex_unlock(&one); \
		return answer; \
	}
EACH(IN_TURN)

void *dlsym(void *library, const char *name)
{
	static Find find;
	const char *versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
	for (unsigned i = 0; !find && i < sizeof versions / sizeof *versions; i++)
		find = (Find) dlvsym(RTLD_NEXT, "dlsym", versions[i]);
	if (!find)
		return 0;
	void *found = find(library, name);
#define PUT_IN_FRONT(each) \
	if (found && !strcmp(name, #each)) { \
		real_##each = (Request) found; \
		return (void *) turn_##each; \
	}
	EACH(PUT_IN_FRONT)
	return found;
}
