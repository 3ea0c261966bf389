/* A repository on web servers, through libcurl: a transport for pkg_verify.h. */
#ifndef WEB_H
#define WEB_H

#include "pkg_verify.h"

typedef struct web web;

/* Any of the addresses may serve any file; the first is asked first. Gives up on an answer that stops coming for
 * `patience` seconds. NULL without memory. The addresses are used until web_free. */
web *web_new(char **addresses, int count, long patience);

/* The transport that asks them, for pkg_repository_open. */
pkg_transport web_transport(web *);

/* From now on the next address is asked first: what this one serves was refused, or is old. */
void web_turn(web *);

void web_free(web *);

#endif
