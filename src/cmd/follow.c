#include "cmd/ingest.h"
bool follow_run(struct ingest *g, char **args, int count)
{
	(void)g;
	(void)args;
	(void)count;
	return false;
}
