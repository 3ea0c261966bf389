################################################################################
#
# pkg-tool
#
################################################################################

PKG_TOOL_VERSION = $(PKG_COMMIT)
PKG_TOOL_SITE = file://$(PKG_CHECKOUT)
PKG_TOOL_SITE_METHOD = git
PKG_TOOL_SUBDIR = cli
PKG_TOOL_LICENSE = Apache-2.0 or MIT

# The commit names the sources, and Cargo.lock has the digest of each crate.
BR_NO_CHECK_HASH_FOR += $(PKG_TOOL_SOURCE)

define HOST_PKG_TOOL_INSTALL_RELEASE
	$(INSTALL) -D -m 0755 $(@D)/packaging/pkg-release $(HOST_DIR)/bin/pkg-release
endef
HOST_PKG_TOOL_POST_INSTALL_HOOKS += HOST_PKG_TOOL_INSTALL_RELEASE

$(eval $(host-cargo-package))
