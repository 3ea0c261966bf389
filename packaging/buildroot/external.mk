# The checkout that this tree is in. The packages are built from the commit that is checked out.
PKG_CHECKOUT = $(realpath $(BR2_EXTERNAL_PKG_PATH)/../..)
PKG_COMMIT = $(shell git -C $(PKG_CHECKOUT) rev-parse HEAD)

include $(sort $(wildcard $(BR2_EXTERNAL_PKG_PATH)/package/*/*.mk))
