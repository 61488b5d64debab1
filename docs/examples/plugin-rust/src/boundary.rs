// SPDX-License-Identifier: Apache-2.0
//! gatehouse/plugin.h and gatehouse/types.h, version 1.0, said in Rust: what this plugin needs of them, and every member
//! of the structs that cross. The header is the contract; `plugin check` compares the sizes.
#![allow(dead_code)]
use std::os::raw::c_void;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub data: *const u8,
    pub size: usize,
}

#[repr(C)]
pub struct Pair {
    pub name: Str,
    pub value: Str,
}

pub const ABI_MAJOR: u32 = 1;
pub const ABI_MINOR: u32 = 0;

pub type Verdict = u32;
pub const UNAVAILABLE: Verdict = 0;
pub const DENIED: Verdict = 1;
pub const NOT_MINE: Verdict = 2;
pub const GRANTED: Verdict = 4;

pub const REASON_BAD_CREDENTIAL: u32 = 2;
pub const REASON_UNKNOWN_USER: u32 = 3;
pub const REASON_PLUGIN_FAULT: u32 = 12;
pub const CREDENTIAL_PASSWORD: u32 = 1;
pub const TRAIT_CPU: u32 = 1;
pub const OPTION_TEXT: u32 = 1;
pub const OPTION_REQUIRED: u32 = 1;
pub const OPTION_SECRET: u32 = 2;

/// The host's own; never looked into.
#[repr(C)]
pub struct Host(c_void);
#[repr(C)]
pub struct Call(c_void);

#[repr(C)]
pub struct Request {
    pub struct_size: u32,
    pub credential: u32,
    pub realm: Str,
    pub user: Str,
    pub password: Str,
    pub token: Str,
    pub state: Str,
    pub responses: *const Str,
    pub response_count: usize,
    pub attributes: *const Pair,
    pub attribute_count: usize,
}

#[repr(C)]
pub struct HostApi {
    pub abi_major: u32,
    pub abi_minor: u32,
    pub struct_size: u32,
    pub wall_ms: extern "C" fn(*mut Host) -> i64,
    pub monotonic_ms: extern "C" fn(*mut Host) -> i64,
    pub log: extern "C" fn(*mut Host, u32, Str),
    pub config_error: extern "C" fn(*mut Host, Str, Str),
    pub remaining_ms: extern "C" fn(*mut Host, *mut Call) -> u32,
    pub set_subject: extern "C" fn(*mut Host, *mut Call, Str),
    pub add_group: extern "C" fn(*mut Host, *mut Call, Str),
    pub add_attribute: extern "C" fn(*mut Host, *mut Call, Str, Str),
    pub set_expiry: extern "C" fn(*mut Host, *mut Call, i64),
    pub set_reason: extern "C" fn(*mut Host, *mut Call, u32),
    pub set_detail: extern "C" fn(*mut Host, *mut Call, Str),
    pub no_store: extern "C" fn(*mut Host, *mut Call),
    pub cache_until: extern "C" fn(*mut Host, *mut Call, i64),
    pub add_challenge: extern "C" fn(*mut Host, *mut Call, *const c_void) -> i32,
    pub claim_subject: extern "C" fn(*mut Host, *mut Call, Str) -> i32,
    pub invalidate: extern "C" fn(*mut Host, Str),
    pub wake_after: extern "C" fn(*mut Host, u32),
    pub get_extension: extern "C" fn(*mut Host, Str) -> *const c_void,
}

#[repr(C)]
pub struct OptionSpec {
    pub struct_size: u32,
    pub kind: u32,
    pub flags: u32,
    pub reserved: u32,
    pub name: Str,
    pub default_value: Str,
    pub choices: Str,
    pub help: Str,
    pub minimum: i64,
    pub maximum: i64,
}

#[repr(C)]
pub struct OptionValue {
    pub kind: u32,
    pub present: u32,
    pub number: i64,
    pub text: Str,
    pub list: *const Str,
    pub list_size: usize,
}

#[repr(C)]
pub struct Plugin {
    pub abi_major: u32,
    pub abi_minor: u32,
    pub struct_size: u32,
    pub credentials: u32,
    pub traits: u32,
    pub reserved: u32,
    pub id: Str,
    pub version: Str,
    pub summary: Str,
    pub uri_option: Str,
    pub options: *const OptionSpec,
    pub option_count: usize,
    pub attributes: *const Str,
    pub attribute_count: usize,
    pub create: unsafe extern "C" fn(*mut Host, *const HostApi, *const OptionValue, usize) -> *mut c_void,
    pub start: Option<unsafe extern "C" fn(*mut c_void) -> i32>,
    pub authenticate: unsafe extern "C" fn(*mut c_void, *const Request, *mut Call) -> Verdict,
    pub stop: Option<unsafe extern "C" fn(*mut c_void)>,
    pub destroy: unsafe extern "C" fn(*mut c_void),
    pub get_extension: Option<unsafe extern "C" fn(Str) -> *const c_void>,
}
// Constant, and only read.
unsafe impl Sync for Plugin {}
unsafe impl Sync for OptionSpec {}

impl Str {
    pub const EMPTY: Str = Str { data: std::ptr::null(), size: 0 };

    pub const fn of(bytes: &'static [u8]) -> Str {
        Str { data: bytes.as_ptr(), size: bytes.len() }
    }

    pub fn from_slice(bytes: &[u8]) -> Str {
        Str { data: bytes.as_ptr(), size: bytes.len() }
    }

    /// # Safety
    /// What it points to must live as long as the caller says.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.data.is_null() {
            &[]
        } else {
            unsafe { std::slice::from_raw_parts(self.data, self.size) }
        }
    }
}
