// SPDX-License-Identifier: Apache-2.0
#pragma once
/// Marks what libgatehouse exports; everything else is hidden.
#if defined(__GNUC__)
#define GATEHOUSE_API __attribute__((visibility("default")))
#else
#define GATEHOUSE_API
#endif
