/* SPDX-License-Identifier: BSD-3-Clause */
/* Where things are on the machine that the bench guest finds itself on: included before everything else. */
#ifndef PLAT_H
#define PLAT_H

#include <stdint.h>

extern uint64_t plat_uart, plat_gicd, plat_gicr;

/* The library's fixed addresses become these. */
#define UART_BASE plat_uart
#define GICD plat_gicd
#define GICR plat_gicr

#endif
